//! What happens around a callback: panics stay out of C, and nothing is freed inside one.
use crate::values::LogLevel;
use sidewinder_sys as sys;
use std::any::Any;
use std::cell::Cell;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

thread_local! {
    static DEPTH: Cell<u32> = Cell::new(0);
}

/// Runs a callback of the caller's. A panic is the result, to be resumed where the caller waits.
pub(crate) fn run<T>(body: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    let result = catch_unwind(AssertUnwindSafe(body));
    DEPTH.with(|depth| depth.set(depth.get() - 1));
    result
}

/// A pointer that goes to the thread that frees it.
pub(crate) struct Released<T>(pub *mut T);

// SAFETY: freed once, by one thread; the C API says of each handle that any thread may.
unsafe impl<T> Send for Released<T> {}

/// Frees a handle. Inside a callback that would wait for the callback itself, so another thread does it. `keep` is what the library may
/// use until then.
pub(crate) fn release<T: 'static>(pointer: *mut T, free: unsafe extern "C" fn(*mut T), keep: impl Send + 'static) {
    let released = Released(pointer);
    let free = move || {
        let released = released;
        // SAFETY: the owner gave the handle up.
        unsafe { free(released.0) };
        drop(keep);
    };
    if DEPTH.with(Cell::get) == 0 {
        free();
    } else {
        std::thread::spawn(free);
    }
}

/// The engine's log function. All that is made from the engine keeps it alive.
pub(crate) type Log = dyn Fn(LogLevel, &str) + Send + Sync;
pub(crate) type Host = Option<Arc<Box<Log>>>;

/// # Safety
/// `user` is the `Box<Log>` of a `Host` that lives as long as the engine.
pub(crate) unsafe extern "C" fn log(user: *mut c_void, level: sys::sw_log_level, text: *const c_char, length: usize) {
    // SAFETY: as the caller says; the text is valid during the call.
    let (log, text) = unsafe { (&*user.cast::<Box<Log>>(), crate::convert::text_of(text, length)) };
    // A message is lost, the work is not.
    let _ = run(|| log(LogLevel(level), &text));
}
