//! What can be wrong with the disc: the kind alone, so that each room words it in the reader's language.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why the store cannot write. Calls go on; `Display` is the English of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StoreTrouble {
    /// There is no room: what happens is kept in memory and written as soon as there is.
    #[error("the disc is full: remove something from it")]
    Full,
    /// The disc does not take what is written: kept in memory likewise.
    #[error("the disc does not take what Perch writes: check the disc or its cable")]
    Refused,
    /// What is stored is damaged or out of reach: nothing is written until the next start, which repairs it.
    #[error("the stored data is damaged or cannot be reached: restart Perch, and it repairs itself")]
    Broken,
}
