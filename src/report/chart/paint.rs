//! Painting a chart, as SVG and PNG. Both come of the same calls.

use crate::report::chart::picture::{Colour, Entry, Layer, Look, Mark, Panel, Picture, Ruler, Stroke};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};
use std::sync::Once;

/// Width and height of a picture, in pixels.
pub const SIZE: (u32, u32) = (960, 640);

type Painted<T> = Result<T, String>;
type Axes = Cartesian2d<Scale, Scale>;

/// An axis as plotters takes it: ticks where they are said to be, with what is said to stand there.
struct Scale {
    ruler: Ruler,
    names: bool,
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.ruler.low) / (self.ruler.high - self.ruler.low);
        from + (f64::from(to - from) * share).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ruler.ticks.iter().map(|(place, _)| *place).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.ruler.low..self.ruler.high
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ruler.ticks.iter().find(|(place, _)| self.names && place == value);
        tick.map_or_else(String::new, |(_, text)| text.clone())
    }
}

/// The picture as SVG.
///
/// # Errors
/// When it cannot be painted.
pub fn svg(picture: &Picture) -> Painted<String> {
    let mut text = String::new();
    paint(&SVGBackend::with_string(&mut text, SIZE).into_drawing_area(), picture)?;
    Ok(text)
}

/// The picture as PNG.
///
/// # Errors
/// When it cannot be painted.
pub fn png(picture: &Picture) -> Painted<Vec<u8>> {
    let mut pixels = vec![0; (SIZE.0 * SIZE.1 * 3) as usize];
    paint(&BitMapBackend::with_buffer(&mut pixels, SIZE).into_drawing_area(), picture)?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, SIZE.0, SIZE.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

fn failed(error: impl std::fmt::Display) -> String {
    format!("the chart cannot be drawn: {error}")
}

/// The fonts come with us: what a machine has installed changes no byte.
fn fonts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let fonts: [(FontStyle, &[u8]); 2] = [
            (FontStyle::Normal, include_bytes!("font/DejaVuSans.ttf")),
            (FontStyle::Bold, include_bytes!("font/DejaVuSans-Bold.ttf")),
        ];
        for (style, bytes) in fonts {
            // A font that cannot be read shows as an error of the first text that is drawn.
            let _ = register_font("sans-serif", style, bytes);
        }
    });
}

const TITLE: f64 = 27.0;
const AXIS: f64 = 21.0;
const TICK: f64 = 19.0;
const LEGEND: f64 = 19.0;
const CAPTION: f64 = 14.0;
const INK: RGBColor = RGBColor(30, 30, 30);
const FAINT: RGBColor = RGBColor(110, 110, 110);
const GRID: RGBColor = RGBColor(226, 226, 226);

fn colour(colour: Colour) -> RGBColor {
    RGBColor(colour.0, colour.1, colour.2)
}

fn style<'a>(size: f64, ink: &'a RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'a> {
    ("sans-serif", size).into_font().color(ink).pos(Pos::new(horizontal, vertical))
}

fn paint<B: DrawingBackend>(root: &DrawingArea<B, Shift>, picture: &Picture) -> Painted<()> {
    fonts();
    root.fill(&WHITE).map_err(failed)?;
    let below_title = title(root, &picture.title)?;
    let below_legend = legend(root, &picture.legend, below_title)?;
    let captions = picture.caption.len() as i32 * 18 + 8;
    caption(root, &picture.caption, SIZE.1 as i32 - captions)?;
    let plot = root.margin(below_legend + 8, captions, 6, 44);
    let count = picture.panels.len();
    for (place, (area, shown)) in plot.split_evenly((count, 1)).iter().zip(&picture.panels).enumerate() {
        panel(area, &picture.x, shown, place + 1 == count)?;
    }
    root.present().map_err(failed)
}

/// One panel; the last one names the places of the axis at the bottom.
fn panel<B: DrawingBackend>(area: &DrawingArea<B, Shift>, x: &Ruler, panel: &Panel, last: bool) -> Painted<()> {
    let mut chart = ChartBuilder::on(area)
        .margin_top(6)
        .x_label_area_size(if last { 62 } else { 8 })
        .y_label_area_size(96)
        .build_cartesian_2d(scale(x, last), scale(&panel.y, true))
        .map_err(failed)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(FAINT)
        .x_labels(x.ticks.len())
        .y_labels(panel.y.ticks.len())
        .label_style(("sans-serif", TICK, &INK))
        .axis_desc_style(("sans-serif", AXIS, &INK))
        .x_desc(if last { x.title.as_str() } else { "" })
        .y_desc(panel.y.title.as_str())
        .draw()
        .map_err(failed)?;
    for each in &panel.layers {
        layer(&mut chart, each)?;
    }
    Ok(())
}

fn scale(ruler: &Ruler, names: bool) -> Scale {
    Scale { ruler: ruler.clone(), names }
}

/// The title, in as many lines as it takes; how far down it reaches.
fn title<B: DrawingBackend>(root: &DrawingArea<B, Shift>, text: &str) -> Painted<i32> {
    let style = ("sans-serif", TITLE, FontStyle::Bold).into_font().color(&INK).pos(Pos::new(HPos::Center, VPos::Top));
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        let fits = |line: &String| style.font.box_size(line).is_ok_and(|(width, _)| width + 40 <= SIZE.0);
        match longer.filter(fits) {
            Some(longer) => *lines.last_mut().expect("there is a line") = longer,
            None => lines.push(word.to_owned()),
        }
    }
    let mut down = 12;
    for line in lines {
        root.draw(&Text::new(line, (SIZE.0 as i32 / 2, down), style.clone())).map_err(failed)?;
        down += 34;
    }
    Ok(down)
}

/// The legend, in rows; how far down it reaches.
fn legend<B: DrawingBackend>(root: &DrawingArea<B, Shift>, entries: &[Entry], from: i32) -> Painted<i32> {
    const SAMPLE: i32 = 46;
    const GAP: i32 = 26;
    let text = style(LEGEND, &INK, HPos::Left, VPos::Center);
    let widths = entries.iter().map(|entry| {
        let (width, _) = text.font.box_size(&entry.name).map_err(failed)?;
        Ok(SAMPLE + width as i32 + GAP)
    });
    let widths: Vec<i32> = widths.collect::<Painted<_>>()?;
    let mut down = from + 12;
    let mut place = 0;
    while place < entries.len() {
        // As many as fit into a row, which is centred.
        let mut end = place + 1;
        while end < entries.len() && widths[place..=end].iter().sum::<i32>() <= SIZE.0 as i32 - 40 {
            end += 1;
        }
        let mut right = (SIZE.0 as i32 - widths[place..end].iter().sum::<i32>() + GAP) / 2;
        for (entry, width) in entries[place..end].iter().zip(&widths[place..end]) {
            sample(root, entry, (right, down))?;
            root.draw(&Text::new(entry.name.clone(), (right + SAMPLE, down - 1), text.clone())).map_err(failed)?;
            right += width;
        }
        down += 27;
        place = end;
    }
    Ok(down - 10)
}

fn sample<B: DrawingBackend>(root: &DrawingArea<B, Shift>, entry: &Entry, (x, y): (i32, i32)) -> Painted<()> {
    let ink = colour(entry.colour);
    match entry.sample {
        Look::Field(opaque) => {
            let fill = ink.mix(f64::from(opaque) / 100.0).filled();
            root.draw(&Rectangle::new([(x + 6, y - 8), (x + 34, y + 8)], fill)).map_err(failed)
        }
        Look::Line(stroke, mark) => {
            let pieces: &[(i32, i32)] = match stroke {
                Stroke::Solid => &[(0, 38)],
                Stroke::Dashed => &[(0, 10), (14, 24), (28, 38)],
                Stroke::Dotted => &[(0, 4), (8, 12), (16, 20), (24, 28), (32, 36)],
                Stroke::Sparse => &[(0, 4), (17, 21), (34, 38)],
            };
            for (from, to) in pieces {
                let line = PathElement::new([(x + from, y), (x + to, y)], ink.stroke_width(3));
                root.draw(&line).map_err(failed)?;
            }
            mark.map_or(Ok(()), |mark| place_mark(root, (x + 19, y), ink, mark))
        }
    }
}

fn caption<B: DrawingBackend>(root: &DrawingArea<B, Shift>, lines: &[String], from: i32) -> Painted<()> {
    let style = style(CAPTION, &FAINT, HPos::Left, VPos::Top);
    for (place, line) in lines.iter().enumerate() {
        let at = (16, from + 4 + place as i32 * 18);
        root.draw(&Text::new(line.clone(), at, style.clone())).map_err(failed)?;
    }
    Ok(())
}

fn layer<B: DrawingBackend>(chart: &mut ChartContext<'_, B, Axes>, layer: &Layer) -> Painted<()> {
    match layer {
        Layer::Band(places, ink) => {
            let lower = places.iter().map(|(x, low, _)| (*x, *low));
            let upper = places.iter().rev().map(|(x, _, high)| (*x, *high));
            let outline: Vec<(f64, f64)> = lower.chain(upper).collect();
            let area = Polygon::new(outline, colour(*ink).mix(0.16).filled());
            chart.draw_series(std::iter::once(area)).map(|_| ()).map_err(failed)
        }
        Layer::Line(places, ink, stroke) => {
            let style = colour(*ink).stroke_width(3);
            let places = places.iter().copied();
            match stroke {
                Stroke::Solid => chart.draw_series(LineSeries::new(places, style)).map(|_| ()),
                Stroke::Dashed => chart.draw_series(DashedLineSeries::new(places, 10, 6, style)).map(|_| ()),
                Stroke::Dotted => chart.draw_series(DashedLineSeries::new(places, 4, 5, style)).map(|_| ()),
                Stroke::Sparse => chart.draw_series(DashedLineSeries::new(places, 4, 13, style)).map(|_| ()),
            }
            .map_err(failed)
        }
        Layer::Marks(places, ink, mark) => {
            let area = chart.plotting_area().strip_coord_spec();
            let origin = chart.plotting_area().get_base_pixel();
            for place in places {
                let (x, y) = chart.backend_coord(place);
                place_mark(&area, (x - origin.0, y - origin.1), colour(*ink), *mark)?;
            }
            Ok(())
        }
        Layer::Field(one, other, ink, opaque) => {
            let field = Rectangle::new([*one, *other], colour(*ink).mix(f64::from(*opaque) / 100.0).filled());
            chart.draw_series(std::iter::once(field)).map(|_| ()).map_err(failed)
        }
        Layer::Whisker(x, low, high, ink) => whisker(chart, (*x, *low, *high), colour(*ink)),
        Layer::Label(place, text, ink) => {
            let ink = colour(*ink);
            let text = Text::new(text.clone(), *place, style(LEGEND, &ink, HPos::Center, VPos::Center));
            chart.draw_series(std::iter::once(text)).map(|_| ()).map_err(failed)
        }
    }
}

fn whisker<B: DrawingBackend>(
    chart: &ChartContext<'_, B, Axes>,
    (x, low, high): (f64, f64, f64),
    ink: RGBColor,
) -> Painted<()> {
    let area = chart.plotting_area().strip_coord_spec();
    let origin = chart.plotting_area().get_base_pixel();
    let (across, from) = chart.backend_coord(&(x, low));
    let (_, to) = chart.backend_coord(&(x, high));
    let (across, from, to) = (across - origin.0, from - origin.1, to - origin.1);
    for [one, other] in
        [[(across, from), (across, to)], [(across - 5, from), (across + 5, from)], [(across - 5, to), (across + 5, to)]]
    {
        area.draw(&PathElement::new([one, other], ink.stroke_width(2))).map_err(failed)?;
    }
    Ok(())
}

fn place_mark<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    (x, y): (i32, i32),
    ink: RGBColor,
    mark: Mark,
) -> Painted<()> {
    let fill = ink.filled();
    let draw = |corners: &[(i32, i32)]| {
        let corners: Vec<(i32, i32)> = corners.iter().map(|(right, down)| (x + right, y + down)).collect();
        area.draw(&Polygon::new(corners, fill)).map_err(failed)
    };
    let lines = |pairs: [[(i32, i32); 2]; 2]| {
        for pair in pairs {
            let pair = pair.map(|(right, down)| (x + right, y + down));
            area.draw(&PathElement::new(pair, ink.stroke_width(3))).map_err(failed)?;
        }
        Ok(())
    };
    match mark {
        Mark::Disc => area.draw(&Circle::new((x, y), 6, fill)).map_err(failed),
        Mark::Ring => area.draw(&Circle::new((x, y), 6, ink.stroke_width(2))).map_err(failed),
        Mark::Triangle => draw(&[(0, -8), (7, 5), (-7, 5)]),
        Mark::Square => draw(&[(-5, -5), (6, -5), (6, 6), (-5, 6)]),
        Mark::Diamond => draw(&[(0, -8), (8, 0), (0, 8), (-8, 0)]),
        Mark::Plus => lines([[(-7, 0), (7, 0)], [(0, -7), (0, 7)]]),
        Mark::Cross => lines([[(-6, -6), (6, 6)], [(-6, 6), (6, -6)]]),
    }
}
