/**
 * Says from outside whether a scenario left everything as it must be: from what its caller holds,
 * what the topics hold, what the provider counted and what the auditors' proof says.
 */
package io.dualtrack.faults.oracle;
