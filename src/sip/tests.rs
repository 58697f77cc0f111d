//! Tests of the reader and the writer together.

mod defects;
mod properties;
