//! A crash inside a step: after so many writes, messages or effects.

/// Where inside a step a node crashes: counted in things carried out from now on, over as many steps as it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doom {
    /// After so many records became durable.
    Writes(u32),
    /// After so many messages left.
    Sends(u32),
    /// After so many effects of any kind were carried out.
    Effects(u32),
}

impl Doom {
    pub(in crate::engine) fn left(&mut self) -> &mut u32 {
        match self {
            Doom::Writes(left) | Doom::Sends(left) | Doom::Effects(left) => left,
        }
    }

    pub(in crate::engine) fn is_reached(mut self) -> bool {
        *self.left() == 0
    }
}

impl std::fmt::Display for Doom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Doom::Writes(count) => write!(f, "write {count}"),
            Doom::Sends(count) => write!(f, "send {count}"),
            Doom::Effects(count) => write!(f, "effect {count}"),
        }
    }
}

/// What an effect counts as, for a node that is doomed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Done {
    Write,
    Send,
    Other,
}
