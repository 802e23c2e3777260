/** A loopback server that stands in for the providers' endpoints and answers without a model. */
package io.dualtrack.sandbox;
