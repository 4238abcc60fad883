//! A folder of states, as an engine with a store folder makes it. To look after it; engines may use it meanwhile.
use crate::convert::{c_path, static_text};
use crate::error::{check, Error};
use crate::run::Run;
use crate::values::{StoreEntry, StoreReport};
use sidewinder_sys as sys;
use std::os::raw::c_void;
use std::path::Path;
use std::ptr::{self, NonNull};

/// A folder of states.
pub struct Store(NonNull<sys::sw_store>);

// SAFETY: the C API: several threads at once.
unsafe impl Send for Store {}
unsafe impl Sync for Store {}

unsafe extern "C" fn collect(user: *mut c_void, entry: *const sys::sw_store_entry) -> i32 {
    // SAFETY: the list of the call that is running; the entry is valid during the call.
    unsafe { (*user.cast::<Vec<StoreEntry>>()).push(StoreEntry::read(&*entry)) };
    0
}

impl Store {
    /// Opens a folder of states, and makes it when it is missing.
    pub fn open(folder: impl AsRef<Path>) -> Result<Store, Error> {
        let (folder, mut out) = (c_path(folder.as_ref())?, ptr::null_mut());
        // SAFETY: the path lives during the call.
        check(unsafe { sys::sw_store_open(folder.as_ptr(), &mut out) })?;
        Ok(Store(NonNull::new(out).expect("a store")))
    }

    /// Every state, the most recently used first.
    pub fn entries(&self) -> Result<Vec<StoreEntry>, Error> {
        let mut found: Vec<StoreEntry> = Vec::new();
        // SAFETY: the list lives during the call.
        check(unsafe { sys::sw_store_list(self.0.as_ptr(), Some(collect), (&mut found as *mut Vec<StoreEntry>).cast()) })?;
        Ok(found)
    }

    /// Reads every file and compares its checksum; with `remove_bad`, damaged files are removed. The report, and the bad files.
    pub fn verify(&self, remove_bad: bool, run: Run<'_>) -> Result<(StoreReport, Vec<StoreEntry>), Error> {
        let (mut found, mut c): (Vec<StoreEntry>, _) = (Vec::new(), sys::sw_store_report::INIT);
        let user = (&mut found as *mut Vec<StoreEntry>).cast();
        // SAFETY: the list lives during the call.
        run.call(|run| unsafe { sys::sw_store_verify(self.0.as_ptr(), i32::from(remove_bad), run, Some(collect), user, &mut c) })?;
        // SAFETY: filled in.
        Ok((unsafe { StoreReport::read(&c) }, found))
    }

    /// Removes states until at most `bytes_max` are left. The number of files and bytes that were removed.
    pub fn gc(&self, bytes_max: u64) -> Result<(u64, u64), Error> {
        let (mut files, mut bytes) = (0, 0);
        // SAFETY: the store lives.
        check(unsafe { sys::sw_store_gc(self.0.as_ptr(), bytes_max, &mut files, &mut bytes) })?;
        Ok((files, bytes))
    }

    /// The name of a reason why a state on disk was not used.
    pub fn reason_name(reason: i32) -> &'static str {
        // SAFETY: a static string.
        unsafe { static_text(sys::sw_store_reason_name(reason)) }.unwrap_or("unknown")
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // SAFETY: the owner.
        unsafe { sys::sw_store_free(self.0.as_ptr()) }
    }
}
