//! What was measured, as Markdown.

use std::time::Duration;

use crate::bench::race::Standing;

/// One line of a table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) cluster: String,
    pub(crate) program: String,
    pub(crate) wall: String,
    pub(crate) cpu: String,
    pub(crate) memory: String,
    pub(crate) verdict: String,
}

impl Row {
    /// A program's times.
    pub(crate) fn of(cluster: impl ToString, standing: &Standing) -> Row {
        let walls = standing.walls();
        let end = |time: Option<&Duration>| time.map(|time| seconds(*time)).unwrap_or_default();
        Row {
            cluster: cluster.to_string(),
            program: standing.name.to_owned(),
            wall: format!("{} ({} to {})", seconds(standing.wall()), end(walls.first()), end(walls.last())),
            cpu: seconds(standing.cpu()),
            memory: format!("{} MB", standing.memory() / 1_000_000),
            verdict: String::new(),
        }
    }

    /// The times of something inside a program.
    pub(crate) fn of_wall(cluster: impl ToString, standing: &Standing) -> Row {
        Row { cpu: String::new(), memory: String::new(), ..Row::of(cluster, standing) }
    }

    /// A line without times.
    pub(crate) fn words(cluster: impl ToString, program: &str, verdict: impl Into<String>) -> Row {
        let none = String::new;
        Row {
            cluster: cluster.to_string(),
            program: program.to_owned(),
            wall: none(),
            cpu: none(),
            memory: none(),
            verdict: verdict.into(),
        }
    }

    /// Adds what the times come to.
    pub(crate) fn verdict(mut self, verdict: impl Into<String>) -> Row {
        self.verdict = verdict.into();
        self
    }
}

/// A ratio beside its goal.
pub(crate) fn at_most(ratio: f64, of: &str, goal: f64) -> String {
    format!("{ratio:.2}x {of}; goal at most {goal}x: {}", met(ratio <= goal))
}

/// Whether a goal was met, as a word.
pub(crate) fn met(met: bool) -> &'static str {
    if met { "met" } else { "**missed**" }
}

/// The lines as a table.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| cluster | program | wall, median (range) | CPU of the process | its memory | |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let Row { cluster, program, wall, cpu, memory, verdict } = row;
        text.push_str(&format!("| {cluster} | {program} | {wall} | {cpu} | {memory} | {verdict} |\n"));
    }
    text
}

/// Three significant digits.
pub(crate) fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds >= 10.0 {
        format!("{seconds:.1} s")
    } else if seconds >= 1.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{:.0} ms", seconds * 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::process::Cost;
    use expect_test::expect;

    #[test]
    fn a_table_reads_like_this() {
        let cost = |milliseconds| Cost {
            wall: Duration::from_millis(milliseconds),
            cpu: Duration::from_millis(milliseconds / 2),
            memory: 21_400_000,
        };
        let ours = Standing::of("`pgward fingerprint`", vec![cost(150), cost(120), cost(180)]);
        let peer = Standing::of("one statement", vec![cost(100), cost(100), cost(1000)]);
        let rows = [
            Row::of("2000 x 50", &ours).verdict(at_most(ours.ratio(&peer), "the statement", 1.4)),
            Row::of("2000 x 50", &peer),
            Row::words("2000 x 50", "pgroles", "not installed, skipped"),
        ];
        expect![[r#"
            | cluster | program | wall, median (range) | CPU of the process | its memory | |
            |---|---|---|---|---|---|
            | 2000 x 50 | `pgward fingerprint` | 150 ms (120 ms to 180 ms) | 75 ms | 21 MB | 1.50x the statement; goal at most 1.4x: **missed** |
            | 2000 x 50 | one statement | 100 ms (100 ms to 1.00 s) | 50 ms | 21 MB |  |
            | 2000 x 50 | pgroles |  |  |  | not installed, skipped |
        "#]]
        .assert_eq(&table(&rows));
    }
}
