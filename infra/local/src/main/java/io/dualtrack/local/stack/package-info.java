/** The whole pipeline on one machine: broker, registry, services, jobs and sandbox on loopback. */
package io.dualtrack.local.stack;
