//! Messages that wait for somebody in the office's own voicemail, as that program tells them: Perch keeps none itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many messages wait for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Messages {
    /// Those not heard yet.
    pub new: u32,
    /// Those heard and kept.
    #[serde(default)]
    pub old: u32,
}

impl Messages {
    /// Whether there is anything to be heard.
    pub fn is_waiting(self) -> bool {
        self.new > 0
    }
}
