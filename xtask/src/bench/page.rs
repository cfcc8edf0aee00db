//! The page that holds the figures, docs/benchmarks.md.

use std::fs;
use std::path::Path;

use crate::bench::failure::{BenchError, on_disk};

/// Puts a figure's table where the page has its place.
pub(crate) fn write(root: &Path, figure: &'static str, section: &str) -> Result<(), BenchError> {
    let path = root.join("docs").join("benchmarks.md");
    let page = fs::read_to_string(&path).map_err(on_disk(&path))?;
    let changed = replaced(&page, figure, section).ok_or(BenchError::NoPlace(figure))?;
    fs::write(&path, changed).map_err(on_disk(&path))
}

/// The page with what stands between the figure's two marks replaced.
fn replaced(page: &str, figure: &str, section: &str) -> Option<String> {
    let (opening, closing) = (format!("<!-- {figure} -->\n"), format!("<!-- /{figure} -->"));
    let (before, rest) = page.split_once(&opening)?;
    let (_, after) = rest.split_once(&closing)?;
    Some(format!("{before}{opening}{}\n{closing}{after}", section.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_figure_between_its_marks_changes() {
        let page = "a\n<!-- plan -->\nold\n<!-- /plan -->\nb\n";
        let expected = "a\n<!-- plan -->\nnew\n<!-- /plan -->\nb\n".to_owned();
        assert_eq!(replaced(page, "plan", "new\n"), Some(expected));
        assert_eq!(replaced(page, "prove", "new"), None);
    }
}
