//! Steps on tokens, logits and states.
use crate::{crc_of_floats, listed, quoted, Object, Outcome, Raised, Run};
use sidewinder::{Cancel, Engine, EngineOptions, Error, Model, Run as Options};
use std::ops::ControlFlow;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::time::Duration;

pub fn step(run: &mut Run, op: &str) -> Option<Outcome> {
    Some(match op {
        "engine" => engine(run),
        "model" => model(run),
        "encode" => encode(run),
        "decode" => decode(run),
        "detokenize" => detokenize(run),
        "control" => control(run),
        "sequence" => {
            let sequence = run.model().sequence();
            run.keep_as(sequence.map(|s| Object::Sequence(Some(s))))
        }
        "append" => append(run),
        "logits" => run.sequence().logits().map(|logits| crc_of_floats("crc", &logits)),
        "state" => run.sequence().state().map(|state| crc_of_floats("ssm", &state.ssm) + &crc_of_floats("conv", &state.conv)),
        "sample" => {
            let sampling = run.sampling();
            run.sequence().sample(&sampling).map(|id| format!(" id={id}"))
        }
        "generate" => {
            let (sampling, n) = (run.sampling(), run.size("n"));
            run.sequence().generate(&sampling).take(n).collect::<Result<Vec<i32>, Error>>().map(|ids| listed("ids", &ids))
        }
        "tokens" => {
            let sequence = run.sequence();
            sequence.stats().map(|stats| listed("ids", sequence.tokens()) + &format!(" rewinds={}", stats.rewinds))
        }
        "fork" => {
            let fork = run.sequence().fork();
            run.keep_as(fork.map(|s| Object::Sequence(Some(s))))
        }
        "rewind" => {
            let length = run.size("length");
            run.sequence().rewind(length, Options::new()).map(|()| format!(" length={}", run.sequence().len()))
        }
        "snapshot" => snapshot(run),
        "restore" => restore(run),
        "save" => {
            let path = run.path("path");
            run.snapshot().save(path, Options::new()).map(|()| String::new())
        }
        "load" => load(run),
        _ => return None,
    })
}

fn engine(run: &mut Run) -> Outcome {
    let options = EngineOptions {
        n_threads: run.number("threads", 0.0) as i32,
        policy: run.text("policy").to_string(),
        store_folder: run.path("store"),
        ..Default::default()
    };
    run.keep_as(Engine::with_options(&options).map(|e| Object::Engine(Some(e))))
}

fn model(run: &mut Run) -> Outcome {
    let path = run.path("path");
    let model = run.engine().open_model(path)?;
    let info = model.info()?;
    run.keep(Object::Model(Some(model)));
    Ok(quoted("name", &info.name)
        + &format!(
            " vocab_size={} state_bytes={} tied={} fill_mode={}",
            info.vocab_size,
            info.state_bytes,
            i32::from(info.tied),
            info.fill_mode.0
        ))
}

fn encode(run: &mut Run) -> Outcome {
    let (text, continuation) = (run.text("text").to_string(), run.flag("continuation"));
    let tokenizer = run.model().tokenizer().expect("a tokenizer");
    let ids = if continuation { tokenizer.encode_continuation(&text) } else { tokenizer.encode(&text) };
    ids.map(|ids| listed("ids", &ids))
}

fn decode(run: &mut Run) -> Outcome {
    let ids = run.ids();
    run.model().tokenizer().expect("a tokenizer").decode(&ids).map(|text| quoted("text", &text))
}

fn detokenize(run: &mut Run) -> Outcome {
    let ids = run.ids();
    let mut stream = run.model().tokenizer().expect("a tokenizer").detokenizer(true)?;
    let mut out = String::new();
    for id in ids {
        out += &quoted("piece", stream.push(id)?);
    }
    Ok(out + &quoted("piece", stream.end()?))
}

fn control(run: &mut Run) -> Outcome {
    let name = run.text("name").to_string();
    run.model().tokenizer().expect("a tokenizer").control_id(&name).map(|id| format!(" id={id}"))
}

fn newest_model(run: &Run) -> &Model {
    let found = run.objects.iter().rev().find_map(|(_, object)| match object {
        Object::Model(Some(model)) => Some(model),
        _ => None,
    });
    found.expect("a model")
}

fn append(run: &mut Run) -> Outcome {
    let ids = match run.step.get("text") {
        Some(text) => newest_model(run).tokenizer().expect("a tokenizer").encode(text.text())?,
        None => run.ids(),
    };
    let cancel = Cancel::new()?;
    if run.flag("cancelled") {
        cancel.set();
    }
    let mut stop = |_: u64, _: u64| ControlFlow::Break(());
    let mut raise = |_: u64, _: u64| std::panic::panic_any(Raised);
    let mut options = Options::new().cancel(&cancel);
    if run.number("deadline_ms", 0.0) > 0.0 {
        options = options.deadline(Duration::from_millis(run.size("deadline_ms") as u64));
    }
    match run.text("progress") {
        "stop" => options = options.progress(&mut stop),
        "raise" => return raised(run, &ids, options.progress(&mut raise)),
        _ => {}
    }
    let with_logits = run.flag("logits");
    let sequence = run.sequence();
    if with_logits {
        let logits = sequence.append_logits(&ids, options)?;
        return Ok(format!(" length={}", sequence.len()) + &crc_of_floats("logits", &logits));
    }
    sequence.append_with(&ids, options)?;
    Ok(format!(" length={}", sequence.len()))
}

/// The panic comes through; what the library said of it is what a C caller sees.
fn raised(run: &mut Run, ids: &[i32], options: Options<'_>) -> Outcome {
    let sequence = run.sequence();
    match catch_unwind(AssertUnwindSafe(|| sequence.append_with(ids, options))) {
        Ok(_) => panic!("the callback's panic was lost"),
        Err(panic) if panic.is::<Raised>() => {
            // SAFETY: a buffer of this thread's.
            let text = unsafe { std::ffi::CStr::from_ptr(sidewinder_sys::sw_last_error()) };
            Ok(format!("raised {}", text.to_string_lossy()))
        }
        Err(panic) => resume_unwind(panic),
    }
}

fn snapshot(run: &mut Run) -> Outcome {
    let snapshot = run.sequence().snapshot()?;
    let line = format!(" length={} bytes={}", snapshot.len(), snapshot.n_bytes());
    run.keep(Object::Snapshot(Some(snapshot)));
    Ok(line)
}

fn restore(run: &mut Run) -> Outcome {
    let from = run.text("from").to_string();
    let found = run.objects.iter().rev().find_map(|(name, object)| match object {
        Object::Snapshot(Some(snapshot)) if *name == from => Some(snapshot.clone()),
        _ => None,
    });
    run.sequence().restore(&found.expect("a snapshot"))?;
    Ok(format!(" length={}", run.sequence().len()))
}

fn load(run: &mut Run) -> Outcome {
    let path = run.path("path");
    let snapshot = run.model().load_snapshot(path, Options::new())?;
    let line = format!(" length={}", snapshot.len());
    run.keep(Object::Snapshot(Some(snapshot)));
    Ok(line)
}
