import type { Component } from 'svelte';
import type { Session } from './api';

interface Page {
  name: string;
  title: string;
  /** Scopes of which one opens it. */
  roles: string[];
  load: () => Promise<{ default: Component<{ session: Session }> }>;
}

const STAFF = ['VIEWER', 'OPERATOR', 'COMPLIANCE', 'FINANCE', 'FRAUD'];

export const pages: Page[] = [
  { name: 'live', title: 'Live', roles: STAFF, load: () => import('./Live.svelte') },
  { name: 'compliance', title: 'Compliance', roles: STAFF, load: () => import('./Compliance.svelte') },
  { name: 'finance', title: 'Finance', roles: ['FINANCE', 'OPERATOR'], load: () => import('./Finance.svelte') },
  { name: 'fraud', title: 'Fraud', roles: ['FRAUD', 'OPERATOR'], load: () => import('./Fraud.svelte') },
  { name: 'batches', title: 'Batches', roles: ['SUBMIT', 'READ', 'ADMIN'], load: () => import('./Batches.svelte') },
];
