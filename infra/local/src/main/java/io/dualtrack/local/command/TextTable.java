package io.dualtrack.local.command;

import java.io.PrintWriter;
import java.util.List;

/** Rows of text in columns as wide as their widest cell. */
final class TextTable {

  private static final String GAP = "  ";

  private TextTable() {}

  /**
   * @param rows of equally many cells, the head first
   * @param textColumns how many columns from the left are text; those behind are figures
   */
  static void print(List<List<String>> rows, int textColumns, PrintWriter out) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String cell = row.get(i);
        String padding = " ".repeat(widths[i] - cell.length());
        line.append(i < textColumns ? cell + padding : padding + cell).append(GAP);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
