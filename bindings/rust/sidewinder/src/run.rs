//! How one long call runs.
use crate::callback;
use crate::error::{check, Error};
use sidewinder_sys as sys;
use std::any::Any;
use std::ops::ControlFlow;
use std::os::raw::c_void;
use std::panic::resume_unwind;
use std::ptr::{self, NonNull};
use std::time::Duration;

/// A flag that stops work from another thread.
pub struct Cancel(NonNull<sys::sw_cancel>);

// SAFETY: the C API: any thread, several at once.
unsafe impl Send for Cancel {}
unsafe impl Sync for Cancel {}

impl Cancel {
    /// A flag, not set.
    pub fn new() -> Result<Cancel, Error> {
        let mut out = ptr::null_mut();
        // SAFETY: `out` is written.
        check(unsafe { sys::sw_cancel_create(&mut out) })?;
        Ok(Cancel(NonNull::new(out).expect("a flag")))
    }

    /// Calls that were given it fail with `Status::CANCELLED` within one chunk of work.
    pub fn set(&self) {
        // SAFETY: the flag lives.
        unsafe { sys::sw_cancel_set(self.0.as_ptr()) }
    }

    /// Makes it ready for another use.
    pub fn clear(&self) {
        // SAFETY: the flag lives.
        unsafe { sys::sw_cancel_clear(self.0.as_ptr()) }
    }
}

impl Drop for Cancel {
    fn drop(&mut self) {
        // SAFETY: whoever uses it borrows it.
        unsafe { sys::sw_cancel_free(self.0.as_ptr()) }
    }
}

/// How one call runs: cancelled by a flag, by its progress, or by its deadline. Without any, to its end.
#[derive(Default)]
pub struct Run<'a> {
    cancel: Option<&'a Cancel>,
    deadline: Option<Duration>,
    progress: Option<&'a mut dyn FnMut(u64, u64) -> ControlFlow<()>>,
}

struct Progress<'r, 'a> {
    report: &'r mut (dyn FnMut(u64, u64) -> ControlFlow<()> + 'a),
    panic: Option<Box<dyn Any + Send>>,
}

unsafe extern "C" fn on_progress(user: *mut c_void, done: u64, total: u64) -> i32 {
    // SAFETY: the Progress of the call that is running, on its own thread.
    let progress = unsafe { &mut *user.cast::<Progress<'_, '_>>() };
    match callback::run(|| (progress.report)(done, total)) {
        Ok(flow) => i32::from(flow.is_break()),
        Err(panic) => {
            progress.panic = Some(panic);
            1
        }
    }
}

impl<'a> Run<'a> {
    /// To its end.
    pub fn new() -> Run<'a> {
        Run::default()
    }

    /// Stops when the flag is set.
    pub fn cancel(mut self, cancel: &'a Cancel) -> Run<'a> {
        self.cancel = Some(cancel);
        self
    }

    /// Stops after this time.
    pub fn deadline(mut self, deadline: Duration) -> Run<'a> {
        self.deadline = Some(deadline);
        self
    }

    /// Called between chunks with what is done and the total; `Break` stops the call. A panic stops it and goes on in the caller.
    pub fn progress(mut self, progress: &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>) -> Run<'a> {
        self.progress = Some(progress);
        self
    }

    /// Calls C with these options.
    pub(crate) fn call(self, body: impl FnOnce(&sys::sw_run_options) -> sys::sw_status) -> Result<(), Error> {
        let mut options = sys::sw_run_options::INIT;
        if let Some(cancel) = self.cancel {
            options.cancel = cancel.0.as_ptr();
        }
        if let Some(deadline) = self.deadline {
            options.deadline_ms = i64::try_from(deadline.as_millis()).unwrap_or(i64::MAX).max(1);
        }
        let report = match self.progress {
            Some(report) => report,
            None => return check(body(&options)),
        };
        let mut progress = Progress { report, panic: None };
        options.progress = Some(on_progress);
        options.progress_user = (&mut progress as *mut Progress<'_, '_>).cast();
        let result = check(body(&options));
        if let Some(panic) = progress.panic {
            resume_unwind(panic);
        }
        result
    }
}
