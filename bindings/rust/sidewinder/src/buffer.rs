//! The high level: a text that is being edited, and completions at a place in it.
use crate::callback::{self, Host};
use crate::convert::{c_string, Keep};
use crate::error::{check, Error};
use crate::request::{OnText, Request};
use crate::run::Run;
use crate::sequence::{Sequence, Shapes};
use crate::values::{BufferOptions, Candidate, ColumnUnit, CompleteOptions};
use sidewinder_sys as sys;
use std::ops::{ControlFlow, Range};
use std::ptr::{self, NonNull};

/// A piece of another file that the model is to read first.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// As the model shall see it, relative to the workspace.
    pub path: &'a str,
    /// Whole lines.
    pub text: &'a str,
}

/// A text that is being edited, with the states of its last prompts. Offsets are in bytes. Made by [`Model::buffer`](crate::Model::buffer). May
/// go to another thread; two cannot share it.
pub struct Buffer {
    pointer: NonNull<sys::sw_buffer>,
    shapes: Shapes,
    host: Host,
}

// SAFETY: the C API: one thread at a time, any.
unsafe impl Send for Buffer {}

impl Buffer {
    pub(crate) fn new(model: NonNull<sys::sw_model>, shapes: Shapes, host: Host, text: &str, options: &BufferOptions) -> Result<Buffer, Error> {
        let (mut c, mut keep, mut out) = (sys::sw_buffer_options::INIT, Keep::default(), ptr::null_mut());
        options.fill(&mut c, &mut keep)?;
        // SAFETY: all pointers live during the call.
        check(unsafe { sys::sw_buffer_create(model.as_ptr(), &c, text.as_ptr().cast(), text.len(), &mut out) })?;
        Ok(Buffer { pointer: NonNull::new(out).expect("a buffer"), shapes, host })
    }

    /// Replaces a range of bytes.
    pub fn edit(&mut self, range: Range<usize>, text: &str) -> Result<(), Error> {
        // SAFETY: the text lives during the call.
        check(unsafe { sys::sw_buffer_edit(self.pointer.as_ptr(), range.start, range.end, text.as_ptr().cast(), text.len()) })
    }

    /// The text now.
    pub fn text(&self) -> Result<&str, Error> {
        let (mut text, mut length) = (ptr::null(), 0);
        // SAFETY: borrowed until the buffer changes, as the result says; the buffer takes nothing that is not UTF-8.
        unsafe {
            check(sys::sw_buffer_text(self.pointer.as_ptr(), &mut text, &mut length))?;
            Ok(std::str::from_utf8_unchecked(crate::convert::slice_of(text.cast::<u8>(), length)))
        }
    }

    /// The byte offset of a line and column, both from 0.
    pub fn offset(&self, line: usize, column: usize, unit: ColumnUnit) -> Result<usize, Error> {
        let mut out = 0;
        // SAFETY: the buffer lives.
        check(unsafe { sys::sw_buffer_offset(self.pointer.as_ptr(), line, column, unit.0, &mut out) })?;
        Ok(out)
    }

    /// The line and column of a byte offset, both from 0.
    pub fn position(&self, offset: usize, unit: ColumnUnit) -> Result<(usize, usize), Error> {
        let (mut line, mut column) = (0, 0);
        // SAFETY: the buffer lives.
        check(unsafe { sys::sw_buffer_position(self.pointer.as_ptr(), offset, unit.0, &mut line, &mut column) })?;
        Ok((line, column))
    }

    /// What the model reads of other files first, in all completions from now on: what changes least first. Empty: nothing.
    pub fn set_context(&mut self, documents: &[Document<'_>]) -> Result<(), Error> {
        let mut keep = Vec::with_capacity(documents.len());
        let mut list = Vec::with_capacity(documents.len());
        for document in documents {
            keep.push(c_string("path", document.path)?);
            let path = keep[keep.len() - 1].as_ptr();
            let (text, length) = (document.text.as_ptr().cast(), document.text.len());
            list.push(sys::sw_document { path, text, length, ..sys::sw_document::INIT });
        }
        // SAFETY: all pointers live during the call.
        check(unsafe { sys::sw_buffer_set_context(self.pointer.as_ptr(), list.as_ptr(), list.len()) })
    }

    /// Chooses what of the workspace the model reads first; `false` when that is as before. For pauses, not for each keystroke.
    #[cfg(feature = "workspace")]
    pub fn update_context(&mut self, workspace: &crate::Workspace, offset: usize, query: &crate::Query<'_>, run: Run<'_>) -> Result<bool, Error> {
        let mut changed = 0;
        // SAFETY: all pointers live during the call.
        query.with(|query| run.call(|run| unsafe {
            sys::sw_buffer_update_context(self.pointer.as_ptr(), workspace.as_ptr(), offset, query, run, &mut changed)
        }))?;
        Ok(changed != 0)
    }

    /// Starts a completion at a byte offset and returns at once. A newer one of the same buffer cancels an older one.
    pub fn start(&mut self, offset: usize, options: &CompleteOptions) -> Result<Request, Error> {
        self.start_request(offset, options, None)
    }

    /// The same, with a callback for each piece of text of candidate `index` as it comes, on a thread of the engine. `Break` stops that
    /// candidate; so does a panic, which goes on where the request is waited for.
    pub fn start_with(&mut self, offset: usize, options: &CompleteOptions, on_text: impl FnMut(usize, &str) -> ControlFlow<()> + Send + 'static)
        -> Result<Request, Error> {
        self.start_request(offset, options, Some(Box::new(on_text)))
    }

    fn start_request(&mut self, offset: usize, options: &CompleteOptions, on_text: Option<OnText>) -> Result<Request, Error> {
        let (mut c, mut keep) = (sys::sw_complete_options::INIT, Keep::default());
        options.fill(&mut c, &mut keep)?;
        Request::start(self.pointer, offset, c, on_text, self.host.clone())
    }

    /// Completes and waits. The candidates, best first.
    pub fn complete(&mut self, offset: usize, options: &CompleteOptions) -> Result<Vec<Candidate>, Error> {
        self.start(offset, options)?.wait()
    }

    /// Idle work: makes states where the next edit is likely to need them. The number of tokens that were run.
    pub fn refill(&mut self, max_tokens: usize, run: Run<'_>) -> Result<usize, Error> {
        let mut n = 0;
        // SAFETY: the buffer lives.
        run.call(|run| unsafe { sys::sw_buffer_refill(self.pointer.as_ptr(), max_tokens, run, &mut n) })?;
        Ok(n)
    }

    /// A sequence that stands where the last completion left off.
    pub fn fork(&mut self) -> Result<Sequence, Error> {
        let mut out = ptr::null_mut();
        // SAFETY: the buffer lives.
        check(unsafe { sys::sw_buffer_fork(self.pointer.as_ptr(), &mut out) })?;
        Ok(Sequence::new(out, self.shapes, self.host.clone()))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        callback::release(self.pointer.as_ptr(), sys::sw_buffer_free, self.host.take());
    }
}
