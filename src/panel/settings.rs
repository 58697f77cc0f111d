//! What the owner can decide about the panel. Which pin is which is the board's matter.

use serde::{Deserialize, Serialize};

use super::button::Window;

/// What the owner can decide about the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PanelSettings {
    /// The kind of lamp that is built in.
    pub lamp: LampKind,
    /// What the button may do.
    pub button: ButtonUse,
}

/// The kind of lamp that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LampKind {
    /// Red, green and blue in one lamp.
    #[default]
    FullColour,
    /// Red and green in one lamp; together they are amber.
    RedGreen,
    /// One colour: the rhythm says it all.
    OneColour,
}

/// What the button may do; in a room with visitors less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ButtonUse {
    /// Restart, and erase everything.
    #[default]
    RestartAndErase,
    /// Restart only.
    RestartOnly,
    /// Nothing.
    Nothing,
}

impl ButtonUse {
    /// Whether holding the button into this window is answered by lamp and screen.
    pub fn announces(self, window: Window) -> bool {
        match (self, window) {
            (_, Window::Short | Window::Cancelled) | (ButtonUse::Nothing, _) => false,
            (ButtonUse::RestartAndErase, Window::Reboot | Window::Caution | Window::Erase) => true,
            (ButtonUse::RestartOnly, Window::Reboot) => true,
            (ButtonUse::RestartOnly, Window::Caution | Window::Erase) => false,
        }
    }
}
