//! Declarations of the C API of Sidewinder, as `sidewinder.h` has them, with its comments. The crate `sidewinder` is the safe one.
#![allow(non_camel_case_types)]
#![deny(missing_docs)]

mod declarations;

pub use declarations::*;
