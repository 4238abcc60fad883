//! What a call failed of.
use crate::convert;
use crate::values::Status;
use sidewinder_sys as sys;
use std::fmt;

/// A call failed: its status, and in words what, where and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: Status,
    text: String,
}

impl Error {
    pub(crate) fn new(status: Status, text: impl Into<String>) -> Error {
        Error { status, text: text.into() }
    }

    pub(crate) fn argument(text: impl Into<String>) -> Error {
        Error::new(Status::ARGUMENT, text)
    }

    /// What the last failed call of this thread said.
    fn last(status: i32) -> Error {
        // SAFETY: a buffer of this thread's, valid until its next failed call.
        Error::new(Status(status), unsafe { convert::text(sys::sw_last_error()) })
    }

    /// Which kind of failure it is.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The failure in words.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

pub(crate) fn check(status: i32) -> Result<(), Error> {
    if status == sys::SW_OK {
        Ok(())
    } else {
        Err(Error::last(status))
    }
}
