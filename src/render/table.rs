//! Tables for people.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

/// A line below the head, and nothing else.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Columns of a terminal below which lines are not broken to fit.
const NARROWEST: u16 = 20;

/// A table with a head.
pub fn columns(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    // A terminal that does not know its width says 0.
    let arrangement = match table.width() {
        Some(width) if width < NARROWEST => ContentArrangement::Disabled,
        _ => ContentArrangement::Dynamic,
    };
    table
        .load_style(STYLE)
        .set_content_arrangement(arrangement)
        .set_header(head.iter().copied())
        .add_rows(rows);
    format!("{}\n", table.trim_fmt())
}

/// Names and values, a pair a line.
pub fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    pairs
        .iter()
        .map(|(name, value)| format!("{name:width$}  {value}\n"))
        .collect()
}
