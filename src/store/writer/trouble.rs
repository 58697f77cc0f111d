//! What the owner is told when the store cannot write: one sentence on what is wrong and what to do, one on what goes on.

use crate::store::database::Fault;

/// The sentence for a fault.
pub(super) fn describe(fault: &Fault) -> String {
    match fault {
        Fault::Full => FULL.to_owned(),
        Fault::Disc(cause) => format!(
            "The disc does not take what Perch writes ({cause}): check the disc or its cable. Calls go on; what happens now is kept in memory and written when the disc works again."
        ),
        Fault::Damaged(_) | Fault::Stuck | Fault::TooNew | Fault::WrongKey => BROKEN.to_owned(),
    }
}

/// The disc is full.
pub(super) const FULL: &str = "The disc is full: remove something from it. Calls go on; what happens now is kept in memory and written as soon as there is room.";
/// The store is out of use until the next start.
pub(super) const BROKEN: &str = "The stored data is damaged or cannot be reached: restart Perch, and it repairs itself. Calls go on, but nothing is written until then.";
