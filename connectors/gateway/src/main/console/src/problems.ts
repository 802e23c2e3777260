/** Why nobody was signed in at the identity provider, by the code that the gateway sends back with. */
export const problems: Record<string, string> = {
  not_ready: 'The gateway has just started. Try again in a moment.',
  unreachable: 'The identity provider cannot be reached now. Try again, or sign in with a key.',
  busy: 'Too many people sign in at once. Try again in a moment.',
  expired: 'The sign-in took too long, or was begun in another window. Start again.',
  denied: 'The identity provider did not let you in.',
  unproven: 'The identity provider’s answer proves nothing; the gateway’s log says why.',
  no_role: 'The identity provider knows you, and nothing of you gives a role here. Ask whoever runs this service.',
  no_tenant: 'The identity provider knows you, and your organisation is not served here.',
};
