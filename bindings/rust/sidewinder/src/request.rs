//! A completion on its way: wait for it, iterate over its text, await it, cancel it.
use crate::callback::{self, Host};
use crate::convert;
use crate::error::{check, Error};
use crate::values::{Candidate, PlanOption, PromptPart, RequestStats, Status};
use sidewinder_sys as sys;
use std::any::Any;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::os::raw::{c_char, c_void};
use std::panic::resume_unwind;
use std::ptr::{self, NonNull};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

pub(crate) type OnText = Box<dyn FnMut(usize, &str) -> ControlFlow<()> + Send>;

/// What the engine's thread tells.
#[derive(Default)]
struct Told {
    pieces: VecDeque<String>,
    done: bool,
    panic: Option<Box<dyn Any + Send>>,
    wakers: Vec<Waker>,
}

#[derive(Default)]
struct Progress {
    told: Mutex<Told>,
    changed: Condvar,
    on_text: Mutex<Option<OnText>>,
}

impl Progress {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut Told)) {
        let wakers = {
            let mut told = self.told();
            change(&mut told);
            self.changed.notify_all();
            if told.done { std::mem::take(&mut told.wakers) } else { Vec::new() }
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn on_text(&self, index: usize, text: &str) -> ControlFlow<()> {
        if index == 0 {
            self.tell(|told| told.pieces.push_back(text.to_string()));
        }
        match &mut *self.on_text.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(on_text) => on_text(index, text),
            None => ControlFlow::Continue(()),
        }
    }
}

/// # Safety
/// `user` is the Progress of a request that is not freed yet, as for on_done.
unsafe extern "C" fn on_text(user: *mut c_void, index: i32, text: *const c_char, length: usize) -> i32 {
    // SAFETY: as the caller says; the text is valid during the call.
    let (progress, text) = unsafe { (&*user.cast::<Progress>(), convert::text_of(text, length)) };
    match callback::run(|| progress.on_text(usize::try_from(index).unwrap_or(0), &text)) {
        Ok(flow) => i32::from(flow.is_break()),
        Err(panic) => {
            progress.tell(|told| told.panic = Some(panic));
            1
        }
    }
}

unsafe extern "C" fn on_done(user: *mut c_void, _request: *mut sys::sw_request) {
    // SAFETY: as for on_text.
    let progress = unsafe { &*user.cast::<Progress>() };
    // A waker of the caller's may panic.
    let _ = callback::run(|| progress.tell(|told| told.done = true));
}

/// One completion. Dropping it cancels it and waits until the engine has let it go, within one chunk of work.
///
/// With the feature `future` it is a `Future` of what [`wait`](Request::wait) gives, for any runtime: the engine's thread wakes the task.
pub struct Request {
    pointer: NonNull<sys::sw_request>,
    progress: Arc<Progress>,
    host: Host,
}

// SAFETY: the C API: poll, wait, cancel, status and, once done, the rest from any thread.
unsafe impl Send for Request {}
unsafe impl Sync for Request {}

impl Request {
    pub(crate) fn start(buffer: NonNull<sys::sw_buffer>, offset: usize, mut c: sys::sw_complete_options, callback: Option<OnText>, host: Host)
        -> Result<Request, Error> {
        let progress = Arc::new(Progress { on_text: Mutex::new(callback), ..Default::default() });
        let mut out = ptr::null_mut();
        c.on_text = Some(on_text);
        c.on_done = Some(on_done);
        c.user = Arc::as_ptr(&progress) as *mut c_void;
        // SAFETY: `progress` lives until the request is freed, or for ever where the request is forgotten.
        check(unsafe { sys::sw_complete(buffer.as_ptr(), offset, &c, &mut out) })?;
        Ok(Request { pointer: NonNull::new(out).expect("a request"), progress, host })
    }

    /// Whether it has ended, whatever its outcome.
    pub fn is_done(&self) -> bool {
        self.progress.told().done
    }

    /// Asks it to stop; it is done soon after, with what it has. Any thread, also from its callback.
    pub fn cancel(&self) {
        // SAFETY: the request lives.
        unsafe { sys::sw_request_cancel(self.pointer.as_ptr()) }
    }

    /// Waits until it is done. The candidates, best first, or what it failed of; a panic of its callback goes on here.
    pub fn wait(&self) -> Result<Vec<Candidate>, Error> {
        let mut told = self.progress.told();
        while !told.done {
            told = self.progress.changed.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
        drop(told);
        self.outcome()
    }

    /// Waits at most so long. Whether it is done.
    pub fn wait_for(&self, timeout: Duration) -> bool {
        let end = Instant::now() + timeout;
        let mut told = self.progress.told();
        while !told.done {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            told = self.progress.changed.wait_timeout(told, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn outcome(&self) -> Result<Vec<Candidate>, Error> {
        let panic = self.progress.told().panic.take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
        match self.error() {
            Some(error) => Err(error),
            None => self.candidates(),
        }
    }

    /// The outcome; `Status::STATE` while it runs.
    pub fn status(&self) -> Status {
        // SAFETY: the request lives.
        Status(unsafe { sys::sw_request_status(self.pointer.as_ptr()) })
    }

    /// What it failed of; `None` when all went well or it still runs.
    pub fn error(&self) -> Option<Error> {
        if !self.is_done() || self.status() == Status::OK {
            return None;
        }
        // SAFETY: borrowed from the request, which lives.
        Some(Error::new(self.status(), unsafe { convert::text(sys::sw_request_error(self.pointer.as_ptr())) }))
    }

    /// The candidates so far, also of a request that was cancelled; none while it runs.
    pub fn candidates(&self) -> Result<Vec<Candidate>, Error> {
        // SAFETY: strings are borrowed from the request, which lives.
        unsafe {
            (0..sys::sw_request_n_candidates(self.pointer.as_ptr()))
                .map(|index| {
                    let mut c = sys::sw_candidate::INIT;
                    check(sys::sw_request_candidate(self.pointer.as_ptr(), index, &mut c))?;
                    Ok(Candidate::read(&c))
                })
                .collect()
        }
    }

    /// What was shown to the model, what was run, and how long it took.
    pub fn stats(&self) -> Result<RequestStats, Error> {
        let mut c = sys::sw_request_stats::INIT;
        // SAFETY: the prompt is borrowed from the request, which lives.
        unsafe {
            check(sys::sw_request_get_stats(self.pointer.as_ptr(), &mut c))?;
            Ok(RequestStats::read(&c))
        }
    }

    /// The prompt, part by part.
    pub fn parts(&self) -> Result<Vec<PromptPart>, Error> {
        self.all(|index| {
            let mut c = sys::sw_prompt_part::INIT;
            // SAFETY: strings are borrowed from the request, which lives.
            unsafe { check(sys::sw_request_part(self.pointer.as_ptr(), index, &mut c)).map(|()| PromptPart::read(&c)) }
        })
    }

    /// The ways to lay out the prompt that were compared.
    pub fn plans(&self) -> Result<Vec<PlanOption>, Error> {
        self.all(|index| {
            let mut c = sys::sw_plan_option::INIT;
            // SAFETY: `c` has its size.
            unsafe { check(sys::sw_request_plan_option(self.pointer.as_ptr(), index, &mut c)).map(|()| PlanOption::read(&c)) }
        })
    }

    fn all<T>(&self, get: impl Fn(usize) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        loop {
            match get(found.len()) {
                Ok(one) => found.push(one),
                Err(error) if error.status() == Status::NOT_FOUND => return Ok(found),
                Err(error) => return Err(error),
            }
        }
    }

    /// The text of the first candidate as it comes. The pieces may go further than the final text, which is cut by the stop rules. Ends with
    /// the request, whatever its outcome.
    pub fn pieces(&self) -> Pieces<'_> {
        Pieces(self)
    }

    #[cfg(feature = "future")]
    fn poll_done(&self, waker: &Waker) -> bool {
        let mut told = self.progress.told();
        if !told.done && !told.wakers.iter().any(|known| known.will_wake(waker)) {
            told.wakers.push(waker.clone());
        }
        told.done
    }
}

#[cfg(feature = "future")]
impl std::future::Future for Request {
    type Output = Result<Vec<Candidate>, Error>;

    fn poll(self: std::pin::Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        if self.poll_done(context.waker()) {
            std::task::Poll::Ready(self.outcome())
        } else {
            std::task::Poll::Pending
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        callback::release(self.pointer.as_ptr(), sys::sw_request_free, (Arc::clone(&self.progress), self.host.take()));
    }
}

/// The text of a request as it comes. Made by [`Request::pieces`].
pub struct Pieces<'r>(&'r Request);

impl Iterator for Pieces<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut told = self.0.progress.told();
        loop {
            if let Some(piece) = told.pieces.pop_front() {
                return Some(piece);
            }
            if told.done {
                return None;
            }
            told = self.0.progress.changed.wait(told).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
