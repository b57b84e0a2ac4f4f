//! The cost against the number of binds, as a picture: both axes logarithmic.

use crate::report::{Point, Report};
use crate::statistics::Summary;
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 60.0;

/// Ours and the peer's: legible for those who do not tell red from green.
const OURS: &str = "#0b6e99";
const PEER: &str = "#c2571a";

/// Draws it.
pub(super) fn svg(report: &Report) -> String {
    let paper = Paper::for_points(&report.curve);
    let mut drawing = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>The cost of a sandbox against its number of binds</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    let middle = LEFT + paper.width() / 2.0;
    let title = "Wall time of a sandbox with N binds of single files";
    drawing += &label(title, (middle, 28.0), "middle");
    drawing += &label("binds (number)", (middle, HEIGHT - 16.0), "middle");
    let place = TOP + paper.height() / 2.0;
    drawing += &format!("<g transform=\"rotate(-90 22 {place:.1})\">");
    drawing += &label("wall time (milliseconds)", (22.0, place), "middle");
    drawing += "</g>\n";
    drawing += &paper.grid(&report.curve);
    let ours = report.curve.iter().map(|point| (point.binds, &point.ours));
    drawing += &paper.series(&ours.collect::<Vec<_>>(), OURS, "ours");
    let peer = report.curve.iter().map(|point| (point.binds, &point.peer));
    drawing += &paper.series(&peer.collect::<Vec<_>>(), PEER, &report.facts.peer);
    drawing + "</svg>\n"
}

fn label(text: &str, (x, y): (f64, f64), anchor: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#222\">{text}</text>\n"
    )
}

fn line(from: (f64, f64), to: (f64, f64), style: &str) -> String {
    let ((x1, y1), (x2, y2)) = (from, to);
    format!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>\n")
}

/// Where values are on the picture: the decades that each axis spans.
struct Paper {
    binds: (f64, f64),
    milliseconds: (f64, f64),
}

impl Paper {
    fn for_points(points: &[Point]) -> Self {
        let values = |value: fn(&Point) -> [f64; 2]| points.iter().flat_map(value);
        let lowest = values(|point| [point.ours.lower_quartile, point.peer.lower_quartile]);
        let highest = values(|point| [point.ours.upper_quartile, point.peer.upper_quartile]);
        let lowest = lowest.fold(f64::INFINITY, f64::min) * 1e3;
        let highest = highest.fold(0.0, f64::max) * 1e3;
        let counts = || points.iter().map(|point| (point.binds as f64).log10());
        Self {
            binds: (
                counts().fold(f64::INFINITY, f64::min),
                counts().fold(0.0, f64::max),
            ),
            milliseconds: (lowest.log10().floor(), highest.log10().ceil()),
        }
    }

    fn width(&self) -> f64 {
        WIDTH - LEFT - RIGHT
    }

    fn height(&self) -> f64 {
        HEIGHT - TOP - BOTTOM
    }

    fn x(&self, binds: usize) -> f64 {
        let (low, high) = self.binds;
        LEFT + ((binds as f64).log10() - low) / (high - low) * self.width()
    }

    fn y(&self, milliseconds: f64) -> f64 {
        let (low, high) = self.milliseconds;
        TOP + (high - milliseconds.log10()) / (high - low) * self.height()
    }

    /// A line for every measured number, for every decade of time, and faint ones in between.
    fn grid(&self, points: &[Point]) -> String {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let strong = "stroke=\"#bbb\"";
        let mut drawing = String::new();
        for point in points {
            let x = self.x(point.binds);
            drawing += &line((x, TOP), (x, bottom), strong);
            drawing += &label(&point.binds.to_string(), (x, bottom + 20.0), "middle");
        }
        let (low, high) = self.milliseconds;
        for decade in low as i32..=high as i32 {
            let value = 10_f64.powi(decade);
            let y = self.y(value);
            drawing += &line((LEFT, y), (right, y), strong);
            drawing += &label(&value.to_string(), (LEFT - 8.0, y + 4.0), "end");
            let between = (2..10).filter(|_| decade < high as i32);
            for step in between {
                let y = self.y(value * f64::from(step));
                drawing += &line((LEFT, y), (right, y), "stroke=\"#eee\"");
            }
        }
        drawing
    }

    /// A line through the medians, and a bar from quartile to quartile at each.
    fn series(&self, points: &[(usize, &Summary)], colour: &str, name: &str) -> String {
        let mut drawing = String::new();
        let mut path = String::new();
        for (binds, summary) in points {
            let (x, y) = (self.x(*binds), self.y(summary.median * 1e3));
            let [low, high] =
                [summary.lower_quartile, summary.upper_quartile].map(|value| self.y(value * 1e3));
            drawing += &line(
                (x, low),
                (x, high),
                &format!("stroke=\"{colour}\" stroke-width=\"5\" opacity=\"0.4\""),
            );
            drawing +=
                &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>\n");
            write!(path, "{x:.1},{y:.1} ").unwrap_or_default();
        }
        drawing += &format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n",
            path.trim_end()
        );
        if let Some((binds, summary)) = points.last() {
            let at = (self.x(*binds) + 10.0, self.y(summary.median * 1e3) + 4.0);
            drawing += &label(name, at, "start");
        }
        drawing
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn axes_span_whole_decades() {
        let paper = Paper::for_points(&example::report().curve);
        assert_eq!(paper.milliseconds, (0.0, 4.0));
        assert_eq!((paper.x(10), paper.x(1000)), (LEFT, WIDTH - RIGHT));
        assert_eq!((paper.y(1.0), paper.y(10_000.0)), (HEIGHT - BOTTOM, TOP));
        assert_eq!(paper.x(100), (LEFT + WIDTH - RIGHT) / 2.0);
    }

    #[test]
    fn a_picture_has_both_lines_and_its_units() {
        let drawing = svg(&example::report());
        assert_eq!(drawing.matches("<polyline").count(), 2);
        assert!(drawing.contains("milliseconds") && drawing.contains(">bwrap 2<"));
        assert_eq!(
            label("a<b&c", (0.0, 0.0), "end")
                .matches("a&lt;b&amp;c")
                .count(),
            1
        );
    }
}
