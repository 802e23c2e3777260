/** Calls of the gateway by the session's cookie. Everything it answers is shown as text, never as markup. */

export interface Session {
  tenant: string;
  tenant_name: string;
  account: string;
  scopes: string[];
  csrf?: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string | null,
    message: string,
  ) {
    super(message);
  }
}

const MARK = 'dualtrack.signed-in';

let csrf = '';
let onEnded: () => void = () => {};

export function whenSessionEnds(action: () => void) {
  onEnded = action;
}

async function failure(response: Response): Promise<ApiError> {
  let code: string | null = null;
  let message = `The gateway answered ${response.status}.`;
  try {
    const body = await response.json();
    code = body.error.code;
    message = body.error.message;
  } catch {
    // Not an answer of the gateway: the status has to do.
  }
  return new ApiError(response.status, code, message);
}

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.method && init.method !== 'GET') {
    headers.set('X-CSRF-Token', csrf);
  }
  const response = await fetch(path, { ...init, headers, credentials: 'same-origin' });
  if (!response.ok) {
    const error = await failure(response);
    if (response.status === 401) {
      onEnded();
    }
    throw error;
  }
  return response;
}

export async function get<T>(path: string): Promise<T> {
  return (await call(path)).json();
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method: 'POST' };
  if (body !== undefined) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  return (await call(path, init)).json();
}

export async function upload<T>(path: string, form: FormData): Promise<T> {
  return (await call(path, { method: 'POST', body: form })).json();
}

/** The first bytes of a file, without the rest of it. */
export async function beginning(path: string, bytes: number): Promise<string> {
  const aborter = new AbortController();
  const response = await call(path, { signal: aborter.signal });
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let read = 0;
  while (read < bytes) {
    const { done, value } = await reader.read();
    if (done) {
      return text;
    }
    read += value.length;
    text += decoder.decode(value, { stream: true });
  }
  aborter.abort();
  return text;
}

export async function signIn(key: string): Promise<Session> {
  const response = await fetch('/console/api/session', {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}` },
    credentials: 'same-origin',
  });
  if (!response.ok) {
    throw await failure(response);
  }
  localStorage.setItem(MARK, '1');
  const session: Session = await response.json();
  csrf = session.csrf ?? '';
  return session;
}

/** How people may sign in beside a key; null for not at all. */
export interface Ways {
  oidc: { name: string; path: string } | null;
}

export async function ways(): Promise<Ways> {
  const response = await fetch('/console/api/sign-in', { credentials: 'same-origin' });
  if (!response.ok) {
    throw await failure(response);
  }
  return response.json();
}

const PLACE = 'dualtrack.place';

/** Before the page is left for the identity provider, which sends back to its beginning. */
export function rememberPlace() {
  sessionStorage.setItem(PLACE, location.hash);
}

/** What came of a sign-in at the identity provider; null where the page was opened otherwise. Takes it out of the address. */
export function returned(): string | null {
  const outcome = new URLSearchParams(location.search).get('sign-in');
  if (outcome === null) {
    return null;
  }
  const place = sessionStorage.getItem(PLACE) ?? '';
  sessionStorage.removeItem(PLACE);
  history.replaceState(null, '', '/console' + (place.startsWith('#/') ? place : ''));
  if (outcome === 'done') {
    localStorage.setItem(MARK, '1');
  }
  return outcome;
}

/** Who is signed in; null for nobody. The cookie is out of reach, so that a mark says whether to ask at all. */
export async function whoAmI(): Promise<Session | null> {
  if (!localStorage.getItem(MARK)) {
    return null;
  }
  const response = await fetch('/console/api/session', { credentials: 'same-origin' });
  if (!response.ok) {
    localStorage.removeItem(MARK);
    return null;
  }
  const session: Session = await response.json();
  csrf = session.csrf ?? '';
  return session;
}

export async function signOut(): Promise<void> {
  await call('/console/api/session', { method: 'DELETE' });
  csrf = '';
  localStorage.removeItem(MARK);
}
