package io.dualtrack.gateway;
