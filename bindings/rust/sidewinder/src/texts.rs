//! What a file's text says: its language, chunks and outline.
use crate::convert::{self, c_string, Keep};
use crate::error::{check, Error};
use crate::run::Run;
use crate::values::{Chunk, Declaration, OutlineInfo, TextOptions};
use sidewinder_sys as sys;
use std::ptr;

/// The language of a file, "python", by its name and then by its first line; `None` when nobody knows.
pub fn language(path: &str, first_line: &str) -> Option<&'static str> {
    let path = c_string("path", path).ok()?;
    // SAFETY: the result is a static string.
    unsafe { convert::static_text(sys::sw_text_language(path.as_ptr(), first_line.as_ptr().cast(), first_line.len())) }
}

/// Cuts a text into chunks of whole lines that break where its syntax breaks. Any bytes are a text here. Progress in bytes.
pub fn chunks(text: &[u8], options: &TextOptions, mut run: impl FnMut() -> Run<'static>) -> Result<Vec<Chunk>, Error> {
    let (mut c, mut keep) = (sys::sw_text_options::INIT, Keep::default());
    options.fill(&mut c, &mut keep)?;
    let empty = sys::sw_chunk { begin: 0, end: 0, first_line: 0 };
    let (mut found, mut n) = (vec![empty; 64], 0);
    loop {
        // SAFETY: `found` has the length that is told.
        run().call(|run| unsafe { sys::sw_text_chunks(text.as_ptr().cast(), text.len(), &c, run, found.as_mut_ptr(), found.len(), &mut n) })?;
        let enough = n <= found.len();
        found.resize(n, empty);
        if enough {
            // SAFETY: filled in.
            return Ok(found.iter().map(|chunk| unsafe { Chunk::read(chunk) }).collect());
        }
    }
}

/// What an import names, and its byte range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// "os.path", without quotes.
    pub name: String,
    /// Where it begins.
    pub begin: usize,
    /// Where it ends.
    pub end: usize,
}

/// What a text declares, imports and refers to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// Counts, and the text without bodies.
    pub info: OutlineInfo,
    /// In the order of the text; a parent stands before what is in it.
    pub declarations: Vec<Declaration>,
    /// In the order of the text.
    pub imports: Vec<Import>,
    /// Names that the text uses, sorted.
    pub references: Vec<String>,
}

/// Reads the outline of a text. Half-typed code loses at most what is broken. Progress in bytes.
pub fn outline(text: &[u8], options: &TextOptions, run: Run<'_>) -> Result<Outline, Error> {
    let (mut c, mut keep, mut out) = (sys::sw_text_options::INIT, Keep::default(), ptr::null_mut());
    options.fill(&mut c, &mut keep)?;
    // SAFETY: all pointers live during the call.
    run.call(|run| unsafe { sys::sw_text_outline(text.as_ptr().cast(), text.len(), &c, run, &mut out) })?;
    // SAFETY: the outline lives until it is freed here, and nothing of it is kept.
    unsafe {
        let outline = read(out);
        sys::sw_outline_free(out);
        outline
    }
}

/// # Safety
/// `outline` lives.
unsafe fn read(outline: *const sys::sw_outline) -> Result<Outline, Error> {
    let mut info = sys::sw_outline_info::INIT;
    // SAFETY: as the caller says; indices are those that the info counts.
    unsafe {
        check(sys::sw_outline_get_info(outline, &mut info))?;
        let mut declarations = Vec::with_capacity(info.n_declarations);
        for index in 0..info.n_declarations {
            let mut c = sys::sw_declaration::INIT;
            check(sys::sw_outline_declaration(outline, index, &mut c))?;
            declarations.push(Declaration::read(&c));
        }
        let imports = (0..info.n_imports)
            .map(|index| {
                let (mut begin, mut end) = (0, 0);
                let name = convert::text(sys::sw_outline_import(outline, index, &mut begin, &mut end));
                Import { name, begin, end }
            })
            .collect();
        let references = (0..info.n_references).map(|index| convert::text(sys::sw_outline_reference(outline, index))).collect();
        Ok(Outline { info: OutlineInfo::read(&info), declarations, imports, references })
    }
}
