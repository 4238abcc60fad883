//! Models and tokenizers.
use crate::buffer::Buffer;
use crate::callback::{self, Host};
use crate::convert::{self, c_path, c_string};
use crate::error::{check, Error};
use crate::run::Run;
use crate::sequence::{Sequence, Shapes, Snapshot};
use crate::values::{BufferOptions, ModelInfo, ENCODE_CONTINUATION, ENCODE_TEXT};
use sidewinder_sys as sys;
use std::marker::PhantomData;
use std::path::Path;
use std::ptr::{self, NonNull};

/// Weights, tokenizer and fill-in settings. Immutable. Made by [`Engine::open_model`](crate::Engine::open_model).
pub struct Model {
    pointer: NonNull<sys::sw_model>,
    shapes: Shapes,
    host: Host,
}

// SAFETY: the C API: several threads at once.
unsafe impl Send for Model {}
unsafe impl Sync for Model {}

impl Model {
    pub(crate) fn new(pointer: NonNull<sys::sw_model>, host: Host) -> Result<Model, Error> {
        let mut model = Model { pointer, shapes: Shapes::default(), host };
        model.shapes = Shapes::of(&model.info()?);
        Ok(model)
    }

    /// What the checkpoint is, and how it fills in.
    pub fn info(&self) -> Result<ModelInfo, Error> {
        let mut c = sys::sw_model_info::INIT;
        // SAFETY: strings are the model's, which lives.
        unsafe {
            check(sys::sw_model_get_info(self.pointer.as_ptr(), &mut c))?;
            Ok(ModelInfo::read(&c))
        }
    }

    /// The model's tokenizer; `None` when it was opened without one.
    pub fn tokenizer(&self) -> Option<Tokenizer<'_>> {
        // SAFETY: borrowed from the model, as the result is.
        let pointer = unsafe { sys::sw_model_tokenizer(self.pointer.as_ptr()) };
        NonNull::new(pointer as *mut _).map(|pointer| Tokenizer { pointer, owned: false, owner: PhantomData })
    }

    /// The identity of the weights. Reads every byte the first time; progress in bytes.
    pub fn hash(&self, run: Run<'_>) -> Result<String, Error> {
        let mut out = ptr::null();
        // SAFETY: the text is the model's, which lives.
        unsafe {
            run.call(|run| sys::sw_model_hash(self.pointer.as_ptr(), run, &mut out))?;
            Ok(convert::text(out))
        }
    }

    /// An empty sequence: the low level.
    pub fn sequence(&self) -> Result<Sequence, Error> {
        let mut out = ptr::null_mut();
        // SAFETY: the model lives.
        check(unsafe { sys::sw_sequence_create(self.pointer.as_ptr(), &mut out) })?;
        Ok(Sequence::new(out, self.shapes, self.host.clone()))
    }

    /// A text that is being edited: the high level. The path tells the language, and is shown to models that know paths; "": none.
    pub fn buffer(&self, text: &str, path: &str) -> Result<Buffer, Error> {
        self.buffer_with(text, &BufferOptions { path: path.to_string(), ..Default::default() })
    }

    /// A text that is being edited, with options.
    pub fn buffer_with(&self, text: &str, options: &BufferOptions) -> Result<Buffer, Error> {
        Buffer::new(self.pointer, self.shapes, self.host.clone(), text, options)
    }

    /// Reads a snapshot that was saved with the same weights.
    pub fn load_snapshot(&self, path: impl AsRef<Path>, run: Run<'_>) -> Result<Snapshot, Error> {
        let (path, mut out) = (c_path(path.as_ref())?, ptr::null_mut());
        // SAFETY: the model and the path live during the call.
        run.call(|run| unsafe { sys::sw_snapshot_load(self.pointer.as_ptr(), path.as_ptr(), run, &mut out) })?;
        Ok(Snapshot::new(out, self.host.clone()))
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        callback::release(self.pointer.as_ptr(), sys::sw_model_free, self.host.take());
    }
}

/// Text to token ids and back. Immutable. Borrowed from its model, or opened by itself and `'static`.
pub struct Tokenizer<'m> {
    pointer: NonNull<sys::sw_tokenizer>,
    owned: bool,
    owner: PhantomData<&'m Model>,
}

// SAFETY: the C API: several threads at once.
unsafe impl Send for Tokenizer<'_> {}
unsafe impl Sync for Tokenizer<'_> {}

impl Tokenizer<'static> {
    /// Opens a SentencePiece model file.
    pub fn open(path: impl AsRef<Path>) -> Result<Tokenizer<'static>, Error> {
        let (path, mut out) = (c_path(path.as_ref())?, ptr::null_mut());
        // SAFETY: the path lives during the call.
        check(unsafe { sys::sw_tokenizer_open(path.as_ptr(), &mut out) })?;
        Ok(Tokenizer { pointer: NonNull::new(out).expect("a tokenizer"), owned: true, owner: PhantomData })
    }
}

impl Tokenizer<'_> {
    #[cfg(feature = "workspace")]
    pub(crate) fn as_ptr(&self) -> *const sys::sw_tokenizer {
        self.pointer.as_ptr()
    }

    /// Number of pieces.
    pub fn vocab_size(&self) -> i32 {
        // SAFETY: the tokenizer lives.
        unsafe { sys::sw_tokenizer_vocab_size(self.pointer.as_ptr()) }
    }

    /// Token ids of a text.
    pub fn encode(&self, text: &str) -> Result<Vec<i32>, Error> {
        self.encode_as(text, ENCODE_TEXT)
    }

    /// Token ids of a text that goes on from another.
    pub fn encode_continuation(&self, text: &str) -> Result<Vec<i32>, Error> {
        self.encode_as(text, ENCODE_CONTINUATION)
    }

    fn encode_as(&self, text: &str, flags: u32) -> Result<Vec<i32>, Error> {
        let (mut ids, mut n) = (vec![0; text.len() + 1], 0);
        loop {
            // SAFETY: `ids` has the length that is told.
            check(unsafe {
                let (text, length) = (text.as_ptr().cast(), text.len());
                sys::sw_tokenizer_encode(self.pointer.as_ptr(), text, length, flags, ids.as_mut_ptr(), ids.len(), &mut n)
            })?;
            let enough = n <= ids.len();
            ids.resize(n, 0);
            if enough {
                return Ok(ids);
            }
        }
    }

    /// The text of ids, as SentencePiece gives it.
    pub fn decode(&self, ids: &[i32]) -> Result<String, Error> {
        let (mut text, mut n) = (vec![0u8; ids.len() * 8], 0);
        loop {
            // SAFETY: `text` has the length that is told.
            check(unsafe {
                let (text, capacity) = (text.as_mut_ptr().cast(), text.len());
                sys::sw_tokenizer_decode(self.pointer.as_ptr(), ids.as_ptr(), ids.len(), text, capacity, &mut n)
            })?;
            let enough = n <= text.len();
            text.resize(n, 0);
            if enough {
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
        }
    }

    /// The id of a control token: "[PREFIX]".
    pub fn control_id(&self, name: &str) -> Result<i32, Error> {
        let (name, mut out) = (c_string("name", name)?, 0);
        // SAFETY: the name lives during the call.
        check(unsafe { sys::sw_tokenizer_control_id(self.pointer.as_ptr(), name.as_ptr(), &mut out) })?;
        Ok(out)
    }

    /// Starts a stream of ids; `at_text_start` drops one leading space, as decoding a whole text does.
    pub fn detokenizer(&self, at_text_start: bool) -> Result<Detokenizer, Error> {
        let mut out = ptr::null_mut();
        // SAFETY: the tokenizer lives; the stream takes its own hold.
        check(unsafe { sys::sw_detokenizer_create(self.pointer.as_ptr(), i32::from(at_text_start), &mut out) })?;
        Ok(Detokenizer(NonNull::new(out).expect("a stream")))
    }
}

impl Drop for Tokenizer<'_> {
    fn drop(&mut self) {
        if self.owned {
            // SAFETY: opened by this.
            unsafe { sys::sw_tokenizer_free(self.pointer.as_ptr()) }
        }
    }
}

/// Turns a stream of ids into text of whole characters.
pub struct Detokenizer(NonNull<sys::sw_detokenizer>);

// SAFETY: the C API: one thread at a time, any.
unsafe impl Send for Detokenizer {}

impl Detokenizer {
    /// Adds one id and gives the text that it completes; may be empty.
    pub fn push(&mut self, id: i32) -> Result<&str, Error> {
        let (mut text, mut length) = (ptr::null(), 0);
        // SAFETY: the text lives until the next push, as the borrow says; it is whole characters.
        unsafe {
            check(sys::sw_detokenizer_push(self.0.as_ptr(), id, &mut text, &mut length))?;
            let bytes = convert::slice_of(text.cast::<u8>(), length);
            std::str::from_utf8(bytes).map_err(|e| Error::new(crate::Status::INTERNAL, format!("the detokenizer gave half a character: {e}")))
        }
    }

    /// Ends the stream: what was held back comes out as U+FFFD.
    pub fn end(&mut self) -> Result<&str, Error> {
        self.push(-1)
    }
}

impl Drop for Detokenizer {
    fn drop(&mut self) {
        // SAFETY: the owner.
        unsafe { sys::sw_detokenizer_free(self.0.as_ptr()) }
    }
}
