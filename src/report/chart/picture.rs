//! A chart as plain data: what stands where, in the coordinates of its axes. Whatever decides stands in what makes
//! it; `paint.rs` only paints.

/// A colour: red, green, blue.
pub type Colour = (u8, u8, u8);

/// Eight colours that people with any kind of colour vision can tell apart (Okabe & Ito 2008), without the yellow,
/// which is too light for lines on white.
pub const PALETTE: [Colour; 7] =
    [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233), (90, 90, 90)];
/// Laws are black, and claims are of a red that no series has.
pub const LAW: Colour = (20, 20, 20);
/// See [`LAW`].
pub const CLAIM: Colour = (170, 0, 30);

/// The shape of a point: each series has its own, so that a chart can be read without its colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A disc.
    Disc,
    /// A triangle that stands.
    Triangle,
    /// A square.
    Square,
    /// A square on its corner.
    Diamond,
    /// Two lines, upright and level.
    Plus,
    /// Two slanted lines.
    Cross,
    /// A circle.
    Ring,
}

/// The marks, in the order of the series.
pub const MARKS: [Mark; 7] =
    [Mark::Disc, Mark::Triangle, Mark::Square, Mark::Diamond, Mark::Plus, Mark::Cross, Mark::Ring];

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// What was measured.
    Solid,
    /// A law.
    Dashed,
    /// A claim.
    Dotted,
    /// Another claim.
    Sparse,
}

/// One thing on a chart; later ones lie above earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub enum Layer {
    /// A filled area between a lower and an upper line: x, lower, upper.
    Band(Vec<(f64, f64, f64)>, Colour),
    /// A line.
    Line(Vec<(f64, f64)>, Colour, Stroke),
    /// Marks.
    Marks(Vec<(f64, f64)>, Colour, Mark),
    /// A filled rectangle: from one corner to the opposite one, and how opaque it is, of 100.
    Field((f64, f64), (f64, f64), Colour, u8),
    /// An interval, with a bar across each end: x, low, high.
    Whisker(f64, f64, f64, Colour),
    /// A text, centred at a place.
    Label((f64, f64), String, Colour),
}

/// A row of the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What it is.
    pub name: String,
    /// In which colour.
    pub colour: Colour,
    /// How it is drawn.
    pub sample: Look,
}

/// How a legend shows a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A line, with a mark where there is one.
    Line(Stroke, Option<Mark>),
    /// A filled field, so opaque, of 100.
    Field(u8),
}

/// An axis: what it shows, from where to where, and its ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruler {
    /// Name and unit.
    pub title: String,
    /// The lowest place.
    pub low: f64,
    /// The highest place.
    pub high: f64,
    /// Places and what stands there.
    pub ticks: Vec<(f64, String)>,
}

/// A field with an axis of its own at the left.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// The axis at the left.
    pub y: Ruler,
    /// What it shows, from below to above.
    pub layers: Vec<Layer>,
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The question that it answers.
    pub title: String,
    /// The axis at the bottom.
    pub x: Ruler,
    /// From the top to the bottom; they share the axis at the bottom.
    pub panels: Vec<Panel>,
    /// In order.
    pub legend: Vec<Entry>,
    /// What stands below: where the numbers come from.
    pub caption: Vec<String>,
}
