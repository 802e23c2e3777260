package io.dualtrack.faults.oracle;

import java.nio.file.Path;

/**
 * A file that a caller sent and what it got for it.
 *
 * @param input lines with a {@code custom_id} each
 * @param output lines that came back
 */
public record Exchanged(Path input, Path output) {}
