//! Between Rust's values and the C structs.
use crate::error::Error;
use std::ffi::{CStr, CString};
use std::os::raw::c_char;
use std::path::Path;

/// What the pointers of a C struct point to, for as long as the call takes.
#[derive(Default)]
pub(crate) struct Keep {
    strings: Vec<CString>,
    lists: Vec<Vec<*const c_char>>,
}

impl Keep {
    /// NULL for an empty string: the default.
    pub fn text(&mut self, name: &str, value: &str) -> Result<*const c_char, Error> {
        if value.is_empty() {
            return Ok(std::ptr::null());
        }
        self.strings.push(c_string(name, value)?);
        Ok(self.strings[self.strings.len() - 1].as_ptr())
    }

    pub fn texts(&mut self, name: &str, values: &[String]) -> Result<*const *const c_char, Error> {
        let mut list = Vec::with_capacity(values.len());
        for value in values {
            self.strings.push(c_string(name, value)?);
            list.push(self.strings[self.strings.len() - 1].as_ptr());
        }
        self.lists.push(list);
        Ok(self.lists[self.lists.len() - 1].as_ptr())
    }
}

/// A string without NUL, which would end it.
pub(crate) fn c_string(name: &str, value: &str) -> Result<CString, Error> {
    CString::new(value).map_err(|e| Error::argument(format!("{name} holds a NUL character at byte {}", e.nul_position())))
}

#[cfg(unix)]
pub(crate) fn c_path(path: &Path) -> Result<CString, Error> {
    use std::os::unix::ffi::OsStrExt;
    CString::new(path.as_os_str().as_bytes()).map_err(|_| Error::argument(format!("{} holds a NUL character", path.display())))
}

/// # Safety
/// NULL or a NUL-terminated string.
pub(crate) unsafe fn text(value: *const c_char) -> String {
    if value.is_null() {
        return String::new();
    }
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(value) }.to_string_lossy().into_owned()
}

/// # Safety
/// NULL or a NUL-terminated string that lives as long as the process.
pub(crate) unsafe fn static_text(value: *const c_char) -> Option<&'static str> {
    if value.is_null() {
        return None;
    }
    // SAFETY: as the caller says.
    unsafe { CStr::from_ptr(value) }.to_str().ok()
}

/// # Safety
/// NULL or `length` bytes.
pub(crate) unsafe fn text_of(value: *const c_char, length: usize) -> String {
    // SAFETY: as the caller says.
    String::from_utf8_lossy(unsafe { slice_of(value.cast::<u8>(), length) }).into_owned()
}

/// # Safety
/// NULL or `length` values that live as long as the result is used.
pub(crate) unsafe fn slice_of<'a, T>(value: *const T, length: usize) -> &'a [T] {
    if value.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: as the caller says.
    unsafe { std::slice::from_raw_parts(value, length) }
}
