//! Every kind of fault: what a scenario writes under `faults`.

use crate::engine::config::LinkChange;
use crate::engine::fault::{ClockChange, Inside, Length, Shape, Target, Timing};
use crate::node::{Chance, Span};
use crate::spec::pattern::Pattern;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares the kinds of faults. What they have in common, when and how long, stands here once: `serde` can refuse
/// unknown keys only where every key is a field of the struct itself.
macro_rules! fault_kinds {
    ($( $(#[doc = $about:literal])* $kind:ident $word:literal {
        $( $(#[doc = $doc:literal])* $(#[serde($($serde:tt)*)])* $field:ident: $type:ty, )*
    } )*) => {
        $(
            $(#[doc = $about])*
            #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
            #[serde(deny_unknown_fields)]
            pub struct $kind {
                /// By which expectations refer to it.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub name: Option<String>,
                /// Once, at this time.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub at: Option<Span>,
                /// Again and again, after such a time each.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub every: Option<Span>,
                /// Once, as this fact is seen, the k-th time: `Elected x2`.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub when: Option<Pattern>,
                /// Each time this fact is seen; with `x3`, each third time.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub whenever: Option<Pattern>,
                /// So long after the fact of `when` or `whenever`.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub after: Option<Span>,
                /// In which share of the seeds there is such a fault at all; without it, in each.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub seeds: Option<Chance>,
                /// How likely each occurrence is to take place; without it, certain.
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub chance: Option<Chance>,
                $( $(#[doc = $doc])* $(#[serde($($serde)*)])* pub $field: $type, )*
                /// How long; without it, until the faults end.
                #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
                pub length: Option<Length>,
            }
        )*

        /// One declared fault.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Fault {
            $( $(#[doc = $about])* $kind($kind), )*
        }

        impl Fault {
            /// Every kind: its word, what it does, its own keys.
            pub const KINDS: &'static [(&'static str, &'static str, &'static [&'static str])] =
                &[$( ($word, concat!($($about),*), &[$(stringify!($field)),*]), )*];

            /// The kind as a scenario writes it: `disk-stall`.
            pub fn kind(&self) -> &'static str {
                match self { $( Fault::$kind(_) => $word, )* }
            }

            /// When it strikes, and for how long.
            pub fn timing(&self) -> Timing<'_> {
                match self { $( Fault::$kind(fault) => Timing {
                    name: fault.name.as_deref(),
                    at: fault.at,
                    every: fault.every,
                    when: fault.when.as_ref(),
                    whenever: fault.whenever.as_ref(),
                    after: fault.after,
                    seeds: fault.seeds,
                    chance: fault.chance,
                    length: fault.length,
                }, )* }
            }
        }
    };
}

fault_kinds! {
    /// A node loses all but what is on its disk, and starts again.
    Crash "crash" {
        /// Whom.
        target: Target,
        /// Inside a step, instead of between two.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inside: Option<Inside>,
        /// Once more, so far into its recovery: counted from the restart on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        again: Option<Inside>,
        /// What becomes of the records that were not synced.
        #[serde(default, skip_serializing_if = "Unsynced::is_lost")]
        unsynced: Unsynced,
    }
    /// A node stops in its tracks and goes on later, unaware: a long garbage collection, SIGSTOP. What arrives
    /// meanwhile waits; its clock goes on.
    Pause "pause" {
        /// Whom.
        target: Target,
    }
    /// Every step of a node takes this long, and what arrives meanwhile waits its turn.
    Slow "slow" {
        /// Whom.
        target: Target,
        /// How long a step takes.
        takes: Span,
    }
    /// Links are cut: what is on them or handed to them is lost.
    Partition "partition" {
        /// Which links.
        shape: Shape,
    }
    /// Links are held up: what would arrive waits, and arrives all at once when they are released.
    Hold "hold" {
        /// Which links: those that a partition of this shape would cut.
        shape: Shape,
    }
    /// Links behave otherwise for a while: a burst of loss, of delay, of copies.
    Degrade "degrade" {
        /// Which links: those that a partition of this shape would cut. Without it, all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shape: Option<Shape>,
        /// What they are like meanwhile.
        network: LinkChange,
    }
    /// No sync of a node's disk completes before this is over.
    DiskStall "disk-stall" {
        /// Whose.
        target: Target,
    }
    /// Syncs of a node's disk take this long.
    DiskSlow "disk-slow" {
        /// Whose.
        target: Target,
        /// How long a sync takes.
        sync: Span,
    }
    /// A node's disk is full: what was written before still reaches it, what is written from now on waits until there
    /// is room again.
    DiskFull "disk-full" {
        /// Whose.
        target: Target,
    }
    /// A node's disk says that it has synced and has not: a crash takes what the syncs since then claimed, unless a
    /// sync after the lies were over came first.
    DiskLie "disk-lie" {
        /// Whose.
        target: Target,
    }
    /// A synced record of a node rots on its disk. The next start finds it: the node stays down, unless its protocol
    /// knows how to recover.
    DiskCorrupt "disk-corrupt" {
        /// Whose.
        target: Target,
    }
    /// A node's clock is wrong, and its timers with it.
    Clock "clock" {
        /// Whose.
        target: Target,
        /// In which way.
        change: ClockChange,
    }
}

/// What becomes of the records that a crash finds not yet synced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unsynced {
    /// All of them are lost.
    #[default]
    Lost,
    /// The first few reached the disk, by chance; none to all of them.
    Partly,
    /// The first few reached the disk, and half of the next: recovery finds it torn and cuts it off.
    Torn,
    /// One of the three, each as likely.
    Any,
}

impl Unsynced {
    fn is_lost(&self) -> bool {
        *self == Unsynced::Lost
    }
}

impl Fault {
    /// `crash leader`, `partition majority-minority`: as summaries show it.
    pub fn headline(&self) -> String {
        let kind = self.kind();
        let what = match self {
            Fault::Crash(crash) => match (crash.inside, crash.again) {
                (None, None) => format!("{kind} {}", crash.target),
                (Some(_), None) => format!("{kind} {} inside a step", crash.target),
                (None, Some(_)) => format!("{kind} {} twice", crash.target),
                (Some(_), Some(_)) => format!("{kind} {} inside a step, twice", crash.target),
            },
            Fault::Pause(pause) => format!("{kind} {}", pause.target),
            Fault::Slow(slow) => format!("{kind} {}", slow.target),
            Fault::Partition(partition) => format!("{kind} {}", partition.shape),
            Fault::Hold(hold) => format!("{kind} {}", hold.shape),
            Fault::Degrade(degrade) => {
                let changes = degrade.network.changes().join(", ");
                match &degrade.shape {
                    Some(shape) => format!("{kind} {shape}: {changes}"),
                    None => format!("{kind} all links: {changes}"),
                }
            }
            Fault::DiskStall(disk) => format!("{kind} {}", disk.target),
            Fault::DiskSlow(disk) => format!("{kind} {}", disk.target),
            Fault::DiskFull(disk) => format!("{kind} {}", disk.target),
            Fault::DiskLie(disk) => format!("{kind} {}", disk.target),
            Fault::DiskCorrupt(disk) => format!("{kind} {}", disk.target),
            Fault::Clock(clock) => format!("{kind} {} {}", clock.target, clock.change),
        };
        match self.timing().name {
            Some(name) => format!("{name}: {what}"),
            None => what,
        }
    }

    /// Whom it hits, and the key that says so; none where it hits links of a drawn shape.
    pub fn target(&self) -> Option<(Target, &'static str)> {
        match self {
            Fault::Crash(fault) => Some((fault.target, "target")),
            Fault::Pause(fault) => Some((fault.target, "target")),
            Fault::Slow(fault) => Some((fault.target, "target")),
            Fault::Partition(fault) => fault.shape.target(),
            Fault::Hold(fault) => fault.shape.target(),
            Fault::Degrade(fault) => fault.shape.as_ref().and_then(Shape::target),
            Fault::DiskStall(fault) => Some((fault.target, "target")),
            Fault::DiskSlow(fault) => Some((fault.target, "target")),
            Fault::DiskFull(fault) => Some((fault.target, "target")),
            Fault::DiskLie(fault) => Some((fault.target, "target")),
            Fault::DiskCorrupt(fault) => Some((fault.target, "target")),
            Fault::Clock(fault) => Some((fault.target, "target")),
        }
    }

    /// Whether something is wrong with a disk then, so that syncs take place one by one and records are kept.
    pub fn is_on_disks(&self) -> bool {
        match self {
            Fault::DiskStall(_)
            | Fault::DiskSlow(_)
            | Fault::DiskFull(_)
            | Fault::DiskLie(_)
            | Fault::DiskCorrupt(_) => true,
            Fault::Crash(_)
            | Fault::Pause(_)
            | Fault::Slow(_)
            | Fault::Partition(_)
            | Fault::Hold(_)
            | Fault::Degrade(_)
            | Fault::Clock(_) => false,
        }
    }

    /// Which links it hits, where it hits links.
    pub fn shape(&self) -> Option<&Shape> {
        match self {
            Fault::Partition(fault) => Some(&fault.shape),
            Fault::Hold(fault) => Some(&fault.shape),
            Fault::Degrade(fault) => fault.shape.as_ref(),
            Fault::Crash(_)
            | Fault::Pause(_)
            | Fault::Slow(_)
            | Fault::DiskStall(_)
            | Fault::DiskSlow(_)
            | Fault::DiskFull(_)
            | Fault::DiskLie(_)
            | Fault::DiskCorrupt(_)
            | Fault::Clock(_) => None,
        }
    }
}
