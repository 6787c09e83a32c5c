//! A sequential object, as the search sees it.

/// When an operation was called and when it returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The place of its call among all events.
    pub call: u32,
    /// The place of its return. None: its outcome is unknown, and it may take effect at any time after its call, or
    /// never.
    pub ret: Option<u32>,
}

/// What an operation does, whatever the state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Wherever it is legal it leaves the state as it is.
    pub pure: bool,
    /// It is legal in every state, and the state behind it is always the same.
    pub blind: bool,
    /// Operations of one class do the same in every state.
    pub class: u32,
    /// The one state in which it is legal, where there is only one.
    pub needs: Option<u32>,
    /// The one state in which it changes anything, where there is only one and it need not be legal there.
    pub tries: Option<u32>,
    /// The one state that it can lead to, where there is only one that matters to any operation's `needs`.
    pub makes: Option<u32>,
    /// It may lead to states that other operations need, and none can be named.
    pub makes_any: bool,
}

/// A sequential object with the operations of one history on it. States are numbers; the first is 0.
pub trait Object: Clone {
    /// What each operation does, whatever the state.
    fn traits(&self) -> &[Traits];
    /// The state behind an operation; none where it is not legal in `state` with the outcome that it had. Of an
    /// operation of unknown outcome that would change nothing, none either: it need not have happened.
    fn step(&mut self, state: u32, operation: u32) -> Option<u32>;
    /// How many states it keeps in mind.
    fn size(&self) -> usize;
}
