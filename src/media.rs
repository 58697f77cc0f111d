//! Sound, as values.
