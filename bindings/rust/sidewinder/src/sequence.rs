//! The low level: tokens, logits, states, fork, rewind, snapshots.
use crate::callback::{self, Host};
use crate::convert::{self, c_path, Keep};
use crate::error::{check, Error};
use crate::run::Run;
use crate::values::{ModelInfo, SamplingOptions, SequenceStats};
use sidewinder_sys as sys;
use std::path::Path;
use std::ptr::{self, NonNull};

/// Of the arrays that a model's sequences fill.
#[derive(Clone, Copy, Default)]
pub(crate) struct Shapes {
    vocab_size: usize,
    ssm: usize,
    conv: usize,
}

impl Shapes {
    pub fn of(info: &ModelInfo) -> Shapes {
        let size = |n: i32| usize::try_from(n).unwrap_or(0);
        let ssm = size(info.n_layers) * size(info.n_heads) * size(info.head_dim) * size(info.d_state);
        let d_conv_in = size(info.d_inner) + 2 * size(info.n_groups) * size(info.d_state);
        Shapes { vocab_size: size(info.vocab_size), ssm, conv: size(info.n_layers) * size(info.d_conv - 1) * d_conv_in }
    }
}

/// The recurrent state: `ssm` (n_layers, n_heads, head_dim, d_state) and `conv` (n_layers, d_conv - 1, d_conv_in), row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The state of the recurrences.
    pub ssm: Vec<f32>,
    /// The last inputs of the convolutions, oldest row first.
    pub conv: Vec<f32>,
}

/// A run of tokens through a model: the recurrent state after the last one, and kept states to rewind to. Made by
/// [`Model::sequence`](crate::Model::sequence). May go to another thread; two cannot share it.
pub struct Sequence {
    pointer: NonNull<sys::sw_sequence>,
    shapes: Shapes,
    host: Host,
}

// SAFETY: the C API: one thread at a time, any.
unsafe impl Send for Sequence {}

impl Sequence {
    pub(crate) fn new(pointer: *mut sys::sw_sequence, shapes: Shapes, host: Host) -> Sequence {
        Sequence { pointer: NonNull::new(pointer).expect("a sequence"), shapes, host }
    }

    /// Runs tokens to the end.
    pub fn append(&mut self, ids: &[i32]) -> Result<(), Error> {
        // SAFETY: the ids live during the call.
        check(unsafe { sys::sw_sequence_append(self.pointer.as_ptr(), ids.as_ptr(), ids.len(), ptr::null(), ptr::null_mut()) })
    }

    /// Runs tokens until `run` stops it: [`len`](Sequence::len) then says how far it came. Progress in tokens.
    pub fn append_with(&mut self, ids: &[i32], run: Run<'_>) -> Result<(), Error> {
        // SAFETY: the ids live during the call.
        run.call(|run| unsafe { sys::sw_sequence_append(self.pointer.as_ptr(), ids.as_ptr(), ids.len(), run, ptr::null_mut()) })
    }

    /// Runs tokens and gives the logits after each of them, (n_ids, vocab_size).
    pub fn append_logits(&mut self, ids: &[i32], run: Run<'_>) -> Result<Vec<f32>, Error> {
        let mut logits = vec![0.0; ids.len() * self.shapes.vocab_size];
        // SAFETY: `logits` has the shape that the call asks for.
        run.call(|run| unsafe { sys::sw_sequence_append(self.pointer.as_ptr(), ids.as_ptr(), ids.len(), run, logits.as_mut_ptr()) })?;
        Ok(logits)
    }

    /// Number of tokens that the state has seen.
    pub fn len(&self) -> usize {
        // SAFETY: the sequence lives.
        unsafe { sys::sw_sequence_length(self.pointer.as_ptr()) }
    }

    /// Whether it has seen none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tokens that the state has seen.
    pub fn tokens(&self) -> &[i32] {
        // SAFETY: borrowed until the sequence changes, as the result says.
        unsafe { convert::slice_of(sys::sw_sequence_tokens(self.pointer.as_ptr()), self.len()) }
    }

    /// The logits after the last token, (vocab_size,).
    pub fn logits(&mut self) -> Result<Vec<f32>, Error> {
        let mut out = vec![0.0; self.shapes.vocab_size];
        self.logits_into(&mut out)?;
        Ok(out)
    }

    /// The same, written into the caller's memory; its length must be vocab_size.
    pub fn logits_into(&mut self, out: &mut [f32]) -> Result<(), Error> {
        // SAFETY: the call checks the length.
        check(unsafe { sys::sw_sequence_logits(self.pointer.as_ptr(), out.as_mut_ptr(), out.len()) })
    }

    /// The recurrent state after the last token.
    pub fn state(&self) -> Result<State, Error> {
        let mut state = State { ssm: vec![0.0; self.shapes.ssm], conv: vec![0.0; self.shapes.conv] };
        self.state_into(&mut state.ssm, &mut state.conv)?;
        Ok(state)
    }

    /// The same, written into the caller's memory.
    pub fn state_into(&self, ssm: &mut [f32], conv: &mut [f32]) -> Result<(), Error> {
        // SAFETY: the call checks the lengths.
        check(unsafe { sys::sw_sequence_state(self.pointer.as_ptr(), ssm.as_mut_ptr(), ssm.len(), conv.as_mut_ptr(), conv.len()) })
    }

    /// Draws the next token, and does not append it. The same for the same logits, options and length.
    pub fn sample(&mut self, options: &SamplingOptions) -> Result<i32, Error> {
        let (mut c, mut out) = (sys::sw_sampling_options::INIT, 0);
        options.fill(&mut c, &mut Keep::default())?;
        // SAFETY: the options live during the call.
        check(unsafe { sys::sw_sequence_sample(self.pointer.as_ptr(), &c, &mut out) })?;
        Ok(out)
    }

    /// Draws and appends a token each time the iterator is asked for one, without end.
    pub fn generate<'s>(&'s mut self, options: &'s SamplingOptions) -> Generate<'s> {
        Generate { sequence: self, options }
    }

    /// A second sequence at the same place; neither sees the other's tokens afterwards.
    pub fn fork(&self) -> Result<Sequence, Error> {
        let mut out = ptr::null_mut();
        // SAFETY: the sequence lives.
        check(unsafe { sys::sw_sequence_fork(self.pointer.as_ptr(), &mut out) })?;
        Ok(Sequence::new(out, self.shapes, self.host.clone()))
    }

    /// Goes back to the state after the first `length` tokens, byte for byte. Progress in tokens that are run again.
    pub fn rewind(&mut self, length: usize, run: Run<'_>) -> Result<(), Error> {
        // SAFETY: the sequence lives.
        run.call(|run| unsafe { sys::sw_sequence_rewind(self.pointer.as_ptr(), length, run) })
    }

    /// Keeps the state after the last token.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let mut out = ptr::null_mut();
        // SAFETY: the sequence lives.
        check(unsafe { sys::sw_sequence_snapshot(self.pointer.as_ptr(), &mut out) })?;
        Ok(Snapshot::new(out, self.host.clone()))
    }

    /// Goes to where the snapshot was taken, tokens included.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        // SAFETY: both live.
        check(unsafe { sys::sw_sequence_restore(self.pointer.as_ptr(), snapshot.pointer.as_ptr()) })
    }

    /// What was run and kept.
    pub fn stats(&self) -> Result<SequenceStats, Error> {
        let mut c = sys::sw_sequence_stats::INIT;
        // SAFETY: `c` has its size.
        unsafe {
            check(sys::sw_sequence_get_stats(self.pointer.as_ptr(), &mut c))?;
            Ok(SequenceStats::read(&c))
        }
    }
}

impl Drop for Sequence {
    fn drop(&mut self) {
        callback::release(self.pointer.as_ptr(), sys::sw_sequence_free, self.host.take());
    }
}

/// Tokens, drawn and appended one by one. Made by [`Sequence::generate`].
pub struct Generate<'s> {
    sequence: &'s mut Sequence,
    options: &'s SamplingOptions,
}

impl Iterator for Generate<'_> {
    type Item = Result<i32, Error>;

    fn next(&mut self) -> Option<Result<i32, Error>> {
        let drawn = self.sequence.sample(self.options);
        Some(drawn.and_then(|id| self.sequence.append(&[id]).map(|()| id)))
    }
}

/// The recurrent state after some tokens. Immutable; a clone is another hold of the same.
pub struct Snapshot {
    pointer: NonNull<sys::sw_snapshot>,
    host: Host,
}

// SAFETY: the C API: immutable, counted, may be shared.
unsafe impl Send for Snapshot {}
unsafe impl Sync for Snapshot {}

impl Snapshot {
    pub(crate) fn new(pointer: *mut sys::sw_snapshot, host: Host) -> Snapshot {
        Snapshot { pointer: NonNull::new(pointer).expect("a snapshot"), host }
    }

    /// Number of tokens before it.
    pub fn len(&self) -> usize {
        // SAFETY: the snapshot lives.
        unsafe { sys::sw_snapshot_length(self.pointer.as_ptr()) }
    }

    /// Whether it was taken before the first token.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory that it holds.
    pub fn n_bytes(&self) -> u64 {
        // SAFETY: the snapshot lives.
        unsafe { sys::sw_snapshot_bytes(self.pointer.as_ptr()) }
    }

    /// Writes it to a file; on error the file is what it was before.
    pub fn save(&self, path: impl AsRef<Path>, run: Run<'_>) -> Result<(), Error> {
        let path = c_path(path.as_ref())?;
        // SAFETY: both live during the call.
        run.call(|run| unsafe { sys::sw_snapshot_save(self.pointer.as_ptr(), path.as_ptr(), run) })
    }
}

impl Clone for Snapshot {
    fn clone(&self) -> Snapshot {
        // SAFETY: the snapshot lives; the clone frees its own hold.
        unsafe { sys::sw_snapshot_retain(self.pointer.as_ptr()) };
        Snapshot { pointer: self.pointer, host: self.host.clone() }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        callback::release(self.pointer.as_ptr(), sys::sw_snapshot_free, self.host.take());
    }
}
