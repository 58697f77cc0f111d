//! Which kind of trouble a fault of the store is to its owner; the words are for page, panel and log to find.

use crate::model::StoreTrouble;
use crate::store::database::Fault;

/// The kind of a fault.
pub(super) fn kind_of(fault: &Fault) -> StoreTrouble {
    match fault {
        Fault::Full => StoreTrouble::Full,
        Fault::Disc(_) => StoreTrouble::Refused,
        Fault::Damaged(_) | Fault::Stuck | Fault::TooNew | Fault::WrongKey => StoreTrouble::Broken,
    }
}

/// The fault of a write that finds the store in trouble.
pub(super) fn fault_of(trouble: Option<StoreTrouble>) -> Fault {
    match trouble.unwrap_or(StoreTrouble::Refused) {
        StoreTrouble::Full => Fault::Full,
        other => Fault::Disc(std::io::Error::other(other.to_string())),
    }
}
