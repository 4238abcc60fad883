//! The engine: threads, memory, kept states.
use crate::callback::{self, Host, Log};
use crate::convert::{c_path, Keep};
use crate::error::{check, Error};
use crate::model::Model;
use crate::run::Run;
use crate::values::{EngineInfo, EngineOptions, LogLevel, ModelOptions, QuantizeOptions, StoreStats, Weights};
use sidewinder_sys as sys;
use std::path::Path;
use std::ptr::{self, NonNull};
use std::sync::Arc;

/// Owns the threads, the memory and the choice of kernels. One per process is usual.
pub struct Engine {
    pointer: NonNull<sys::sw_engine>,
    host: Host,
}

// SAFETY: the C API: several threads at once.
unsafe impl Send for Engine {}
unsafe impl Sync for Engine {}

impl Engine {
    /// With all defaults.
    pub fn new() -> Result<Engine, Error> {
        Engine::with_options(&EngineOptions::default())
    }

    /// With options.
    pub fn with_options(options: &EngineOptions) -> Result<Engine, Error> {
        Engine::create(options, None)
    }

    /// With options and a function that receives messages, on any thread. It must not call back into the engine; what it panics of is dropped.
    pub fn with_log(options: &EngineOptions, log: impl Fn(LogLevel, &str) + Send + Sync + 'static) -> Result<Engine, Error> {
        let log: Box<Log> = Box::new(log);
        Engine::create(options, Some(Arc::new(log)))
    }

    fn create(options: &EngineOptions, host: Host) -> Result<Engine, Error> {
        let (mut c, mut keep, mut out) = (sys::sw_engine_options::INIT, Keep::default(), ptr::null_mut());
        options.fill(&mut c, &mut keep)?;
        if let Some(log) = &host {
            c.log = Some(callback::log);
            c.log_user = Arc::as_ptr(log) as *mut _;
        }
        // SAFETY: the options live during the call, the log function as long as what is made from the engine.
        check(unsafe { sys::sw_engine_create(&c, &mut out) })?;
        Ok(Engine { pointer: NonNull::new(out).expect("an engine"), host })
    }

    /// Opens the embedded model, which lies beside the library.
    pub fn open_embedded_model(&self) -> Result<Model, Error> {
        self.open(None, &ModelOptions::default(), Run::new())
    }

    /// Opens the checkpoint in a folder.
    pub fn open_model(&self, path: impl AsRef<Path>) -> Result<Model, Error> {
        self.open(Some(path.as_ref()), &ModelOptions::default(), Run::new())
    }

    /// Opens the checkpoint in a folder, or the embedded model. Progress in bytes.
    pub fn open_model_with(&self, path: Option<&Path>, options: &ModelOptions, run: Run<'_>) -> Result<Model, Error> {
        self.open(path, options, run)
    }

    fn open(&self, path: Option<&Path>, options: &ModelOptions, run: Run<'_>) -> Result<Model, Error> {
        let (mut c, mut keep, mut out) = (sys::sw_model_options::INIT, Keep::default(), ptr::null_mut());
        options.fill(&mut c, &mut keep)?;
        let path = path.map(c_path).transpose()?;
        run.call(|run| {
            c.run = *run;
            let path = path.as_ref().map_or(ptr::null(), |path| path.as_ptr());
            // SAFETY: all pointers live during the call.
            unsafe { sys::sw_model_open(self.pointer.as_ptr(), path, &c, &mut out) }
        })?;
        Model::new(NonNull::new(out).expect("a model"), self.host.clone())
    }

    /// Writes the checkpoint at `path` with its matrices as `Weights::Q8` or `Weights::Q4` into a new folder, which `open_model` then maps. A call
    /// that was stopped goes on the next time. Progress in bytes of weights, each counted twice: written, compared; a calibration goes before
    /// with as many bytes again for every 4096 tokens.
    pub fn quantize(
        &self,
        path: impl AsRef<Path>,
        to: Weights,
        folder: impl AsRef<Path>,
        options: &QuantizeOptions,
        run: Run<'_>,
    ) -> Result<(), Error> {
        let (mut c, mut keep) = (sys::sw_quantize_options::INIT, Keep::default());
        options.fill(&mut c, &mut keep)?;
        let (path, folder) = (c_path(path.as_ref())?, c_path(folder.as_ref())?);
        run.call(|run| {
            c.run = *run;
            // SAFETY: paths and options live during the call.
            unsafe { sys::sw_checkpoint_quantize(self.pointer.as_ptr(), path.as_ptr(), to.0, folder.as_ptr(), &c) }
        })
    }

    /// What it runs on and has done.
    pub fn info(&self) -> Result<EngineInfo, Error> {
        let mut c = sys::sw_engine_info::INIT;
        // SAFETY: strings are the engine's, which lives.
        unsafe {
            check(sys::sw_engine_get_info(self.pointer.as_ptr(), &mut c))?;
            Ok(EngineInfo::read(&c))
        }
    }

    /// What the state store holds and has done.
    pub fn store_stats(&self) -> Result<StoreStats, Error> {
        let mut c = sys::sw_store_stats::INIT;
        // SAFETY: `c` has its size.
        unsafe {
            check(sys::sw_engine_get_store_stats(self.pointer.as_ptr(), &mut c))?;
            Ok(StoreStats::read(&c))
        }
    }

    /// Writes to the store's folder what a restart would miss. Progress in states.
    pub fn save(&self, run: Run<'_>) -> Result<(), Error> {
        // SAFETY: the engine lives.
        run.call(|run| unsafe { sys::sw_engine_save(self.pointer.as_ptr(), run) })
    }

    /// Drops kept states until at most `n_bytes` are held.
    pub fn trim(&self, n_bytes: u64) -> Result<(), Error> {
        // SAFETY: the engine lives.
        check(unsafe { sys::sw_engine_trim(self.pointer.as_ptr(), n_bytes) })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        callback::release(self.pointer.as_ptr(), sys::sw_engine_free, self.host.take());
    }
}
