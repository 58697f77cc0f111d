//! The nouns of the house, as values.
