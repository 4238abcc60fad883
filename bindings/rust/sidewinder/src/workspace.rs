//! The index of a folder of source files, and what a prompt takes from it.
use crate::convert::{c_path, c_string, static_text, Keep};
use crate::error::{check, Error};
use crate::model::Tokenizer;
use crate::run::Run;
use crate::values::{ContextInfo, ContextPart, ContextQuery, WorkspaceFile, WorkspaceOptions, WorkspaceStats};
use sidewinder_sys as sys;
use std::os::raw::c_void;
use std::path::Path;
use std::ptr::{self, NonNull};

/// A change that the user made lately, as text: a small diff.
#[derive(Clone, Copy, Debug)]
pub struct RecentEdit<'a> {
    /// Of the file.
    pub path: &'a str,
    /// What changed.
    pub diff: &'a str,
}

/// What a context is asked for.
#[derive(Default)]
pub struct Query<'a> {
    /// Place, texts and budgets.
    pub options: ContextQuery,
    /// The newest last.
    pub edits: &'a [RecentEdit<'a>],
    /// Kept while the query changes little, so that typing changes nothing.
    pub previous: Option<&'a Context>,
}

impl Query<'_> {
    pub(crate) fn with<T>(&self, body: impl FnOnce(&sys::sw_context_query) -> Result<T, Error>) -> Result<T, Error> {
        let (mut c, mut keep) = (sys::sw_context_query::INIT, Keep::default());
        self.options.fill(&mut c, &mut keep)?;
        let mut strings = Vec::with_capacity(2 * self.edits.len());
        let mut edits = Vec::with_capacity(self.edits.len());
        for edit in self.edits {
            strings.push(c_string("path", edit.path)?);
            strings.push(c_string("diff", edit.diff)?);
            let last = strings.len() - 1;
            edits.push(sys::sw_recent_edit { path: strings[last - 1].as_ptr(), diff: strings[last].as_ptr() });
        }
        c.edits = edits.as_ptr();
        c.n_edits = edits.len();
        c.previous = self.previous.map_or(ptr::null(), |context| context.0.as_ptr());
        body(&c)
    }
}

/// What a prompt takes from a workspace at one cursor. Immutable.
pub struct Context(NonNull<sys::sw_context>);

// SAFETY: the C API: several threads at once.
unsafe impl Send for Context {}
unsafe impl Sync for Context {}

impl Context {
    /// How many parts and tokens.
    pub fn info(&self) -> Result<ContextInfo, Error> {
        let mut c = sys::sw_context_info::INIT;
        // SAFETY: `c` has its size.
        unsafe {
            check(sys::sw_context_get_info(self.0.as_ptr(), &mut c))?;
            Ok(ContextInfo::read(&c))
        }
    }

    /// The parts in the order of the prompt: far to near, the best last.
    pub fn parts(&self) -> Result<Vec<ContextPart>, Error> {
        (0..self.info()?.n_parts)
            .map(|index| {
                let mut c = sys::sw_context_part::INIT;
                // SAFETY: strings are borrowed from the context, which lives.
                unsafe { check(sys::sw_context_get_part(self.0.as_ptr(), index, &mut c)).map(|()| ContextPart::read(&c)) }
            })
            .collect()
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the owner.
        unsafe { sys::sw_context_free(self.0.as_ptr()) }
    }
}

/// The index of a folder; empty until [`update`](Workspace::update).
pub struct Workspace(NonNull<sys::sw_workspace>);

// SAFETY: the C API: several threads at once.
unsafe impl Send for Workspace {}
unsafe impl Sync for Workspace {}

unsafe extern "C" fn collect(user: *mut c_void, file: *const sys::sw_workspace_file) -> i32 {
    // SAFETY: the list of the call that is running; the file is valid during the call.
    unsafe { (*user.cast::<Vec<WorkspaceFile>>()).push(WorkspaceFile::read(&*file)) };
    0
}

impl Workspace {
    /// Opens the index of a folder. The tokenizer counts what contexts cost; `None` when none will be asked for.
    pub fn open(folder: impl AsRef<Path>, tokenizer: Option<&Tokenizer<'_>>, options: &WorkspaceOptions) -> Result<Workspace, Error> {
        let (mut c, mut keep, mut out) = (sys::sw_workspace_options::INIT, Keep::default(), ptr::null_mut());
        options.fill(&mut c, &mut keep)?;
        let folder = c_path(folder.as_ref())?;
        let tokenizer = tokenizer.map_or(ptr::null(), Tokenizer::as_ptr);
        // SAFETY: all pointers live during the call; the workspace takes its own hold of the tokenizer.
        check(unsafe { sys::sw_workspace_open(tokenizer, folder.as_ptr(), &c, &mut out) })?;
        Ok(Workspace(NonNull::new(out).expect("a workspace")))
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::sw_workspace {
        self.0.as_ptr()
    }

    /// Brings the index up to date: the whole folder for no paths, or only those, relative to it. Progress in files.
    pub fn update(&self, paths: &[&str], run: Run<'_>) -> Result<(), Error> {
        let strings = paths.iter().map(|path| c_string("path", path)).collect::<Result<Vec<_>, _>>()?;
        let list: Vec<_> = strings.iter().map(|path| path.as_ptr()).collect();
        // SAFETY: the paths live during the call.
        run.call(|run| unsafe { sys::sw_workspace_update(self.as_ptr(), list.as_ptr(), list.len(), run) })
    }

    /// What the index holds, and what the last update did.
    pub fn stats(&self) -> Result<WorkspaceStats, Error> {
        let mut c = sys::sw_workspace_stats::INIT;
        // SAFETY: `c` has its size.
        unsafe {
            check(sys::sw_workspace_get_stats(self.as_ptr(), &mut c))?;
            Ok(WorkspaceStats::read(&c))
        }
    }

    /// The files of the index, by path.
    pub fn files(&self) -> Result<Vec<WorkspaceFile>, Error> {
        let mut found: Vec<WorkspaceFile> = Vec::new();
        // SAFETY: the list lives during the call.
        check(unsafe { sys::sw_workspace_list(self.as_ptr(), Some(collect), (&mut found as *mut Vec<WorkspaceFile>).cast()) })?;
        Ok(found)
    }

    /// The places that define a name, by path and line.
    pub fn find(&self, name: &str) -> Result<Vec<WorkspaceFile>, Error> {
        let mut found: Vec<WorkspaceFile> = Vec::new();
        let user = (&mut found as *mut Vec<WorkspaceFile>).cast();
        // SAFETY: the list lives during the call.
        check(unsafe { sys::sw_workspace_find(self.as_ptr(), name.as_ptr().cast(), name.len(), Some(collect), user) })?;
        Ok(found)
    }

    /// Chooses what is worth showing to a model that completes at a cursor, within the budget.
    pub fn context(&self, query: &Query<'_>, run: Run<'_>) -> Result<Context, Error> {
        let mut out = ptr::null_mut();
        // SAFETY: all pointers live during the call.
        query.with(|query| run.call(|run| unsafe { sys::sw_workspace_context(self.as_ptr(), query, run, &mut out) }))?;
        Ok(Context(NonNull::new(out).expect("a context")))
    }

    /// The name of a reason why a file is not in an index.
    pub fn skip_reason_name(reason: i32) -> &'static str {
        // SAFETY: a static string.
        unsafe { static_text(sys::sw_skip_reason_name(reason)) }.unwrap_or("unknown")
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // SAFETY: the owner.
        unsafe { sys::sw_workspace_free(self.as_ptr()) }
    }
}
