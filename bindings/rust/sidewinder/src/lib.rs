//! Code completion from a state space model, in process.
//!
//! Two levels. High: [`Buffer::complete`] fills in code at a cursor. Low: [`Sequence`] runs tokens and gives logits and recurrent states,
//! with fork, snapshot, restore and rewind. Objects keep alive what they were made from, so they may be dropped in any order.
//!
//! ```
//! use sidewinder::{CompleteOptions, Engine};
//!
//! fn main() -> Result<(), sidewinder::Error> {
//!     let engine = Engine::new()?;
//!     let model = engine.open_embedded_model()?;
//!     let mut buffer = model.buffer("def add(a, b):\n    return ", "add.py")?;
//!     let options = CompleteOptions { max_tokens: 16, ..Default::default() };
//!     let candidates = buffer.complete(26, &options)?;
//!     println!("{}", candidates[0].text);
//!     Ok(())
//! }
//! ```
//!
//! Use after close is no error of the running program, but of one that does not compile:
//!
//! ```compile_fail,E0382
//! # let engine = sidewinder::Engine::new().unwrap();
//! drop(engine);
//! engine.info().unwrap();
//! ```
//!
//! A [`Sequence`] may go to another thread, and not be shared by two:
//!
//! ```compile_fail,E0277
//! fn shared<T: Sync>() {}
//! shared::<sidewinder::Sequence>();
//! ```
#![deny(missing_docs)]
#![warn(unsafe_op_in_unsafe_fn)]

mod buffer;
mod callback;
mod convert;
mod engine;
mod error;
mod model;
mod request;
mod run;
mod sequence;
mod store;
pub mod texts;
#[macro_use]
mod open_enum;
#[allow(unsafe_op_in_unsafe_fn)] // generated: each read() is one unsafe block
mod values;
#[cfg(feature = "workspace")]
mod workspace;

pub use buffer::{Buffer, Document};
pub use engine::Engine;
pub use error::Error;
pub use model::{Detokenizer, Model, Tokenizer};
pub use request::{Pieces, Request};
pub use run::{Cancel, Run};
pub use sequence::{Generate, Sequence, Snapshot, State};
pub use store::Store;
pub use values::*;
#[cfg(feature = "workspace")]
pub use workspace::{Context, Query, RecentEdit, Workspace};

/// Token ids of a text, or its bytes in characters: the result of a call that may fail.
pub type Result<T> = std::result::Result<T, Error>;

/// The version of the library that runs, "0.1.0".
pub fn version() -> &'static str {
    // SAFETY: a static string.
    unsafe { convert::static_text(sidewinder_sys::sw_version()) }.unwrap_or("")
}
