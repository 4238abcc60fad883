//! What one token costs a Rust caller, timed as bindings/conformance/overhead.c does. Usage: overhead MODEL_FOLDER
use sidewinder::{Engine, Error, ModelOptions, Run, SamplingOptions};
use std::path::PathBuf;
use std::time::Instant;

const CALLS: usize = 2000;

fn median_ns(mut call: impl FnMut() -> Result<(), Error>) -> Result<u128, Error> {
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let begin = Instant::now();
        call()?;
        times.push(begin.elapsed().as_nanos());
    }
    times.sort_unstable();
    Ok(times[CALLS / 2])
}

fn main() -> Result<(), Error> {
    let path = PathBuf::from(std::env::args().nth(1).expect("usage: overhead MODEL_FOLDER"));
    let engine = Engine::new()?;
    let count_only = ModelOptions { count_only: true, ..Default::default() };
    let mut counted = engine.open_model_with(Some(&path), &count_only, Run::new())?.sequence()?;
    let append = median_ns(|| counted.append(&[300]))?;
    let mut sequence = engine.open_model(&path)?.sequence()?;
    sequence.append(&[300, 301])?;
    let sampling = SamplingOptions::default();
    let sample = median_ns(|| sequence.sample(&sampling).map(|_| ()))?;
    println!("append {append} sample {sample}");
    Ok(())
}
