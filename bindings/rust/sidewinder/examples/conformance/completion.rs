//! Steps on buffers and completions.
use crate::json::Json;
use crate::{crc, listed, quoted, status_name, Object, Outcome, Raised, Run};
use sidewinder::{BufferOptions, Candidate, ColumnUnit, CompleteOptions, Document, FillMode, Heal, Layout, Request, Run as Options};
use std::ops::ControlFlow;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

pub fn step(run: &mut Run, op: &str) -> Option<Outcome> {
    Some(match op {
        "buffer" => buffer(run),
        "edit" => {
            let (range, text) = (run.size("begin")..run.size("end"), run.text("text").to_string());
            run.buffer().edit(range, &text).map(|()| String::new())
        }
        "text" => run.buffer().text().map(|text| quoted("text", text)),
        "offset" => {
            let (line, column, unit) = (run.size("line"), run.size("column"), ColumnUnit(run.size("unit") as i32));
            run.buffer().offset(line, column, unit).map(|offset| format!(" offset={offset}"))
        }
        "position" => {
            let (offset, unit) = (run.size("offset"), ColumnUnit(run.size("unit") as i32));
            run.buffer().position(offset, unit).map(|(line, column)| format!(" line={line} column={column}"))
        }
        "context" => context(run),
        "complete" => complete(run),
        "stream" => stream(run),
        "start" => {
            let (offset, options) = (run.size("offset"), options(run));
            let request = run.buffer().start(offset, &options);
            run.keep_as(request.map(|r| Object::Request(Some(r))))
        }
        "cancel" => {
            run.request().cancel();
            Ok(String::new())
        }
        "wait" => run.request().wait().map(|found| candidates(&found)),
        "buffer_fork" => {
            let fork = run.buffer().fork();
            fork.map(|fork| {
                let line = listed("ids", fork.tokens());
                run.keep(Object::Sequence(Some(fork)));
                line
            })
        }
        "refill" => {
            let max_tokens = run.size("max_tokens");
            run.buffer().refill(max_tokens, Options::new()).map(|n| format!(" run={n}"))
        }
        _ => return None,
    })
}

fn buffer(run: &mut Run) -> Outcome {
    let options = BufferOptions { path: run.text("path").to_string(), language: run.text("language").to_string() };
    let text = run.text("text").to_string();
    let buffer = run.model().buffer_with(&text, &options);
    run.keep_as(buffer.map(|b| Object::Buffer(Some(b))))
}

fn context(run: &mut Run) -> Outcome {
    let pairs = run.step.get("documents").cloned().unwrap_or(Json::Null);
    let documents: Vec<Document<'_>> =
        pairs.list().iter().map(|pair| Document { path: pair.list()[0].text(), text: pair.list()[1].text() }).collect();
    run.buffer().set_context(&documents).map(|()| String::new())
}

fn options(run: &Run) -> CompleteOptions {
    let stop = run.option("stop").map_or(&[][..], Json::list);
    CompleteOptions {
        mode: FillMode(run.option_number("mode") as i32),
        max_tokens: run.option_number("max_tokens") as i32,
        n_candidates: run.option_number("n_candidates") as i32,
        multiline: run.option_number("multiline") as i32,
        layout: Layout(run.option_number("layout") as i32),
        heal: Heal(run.option_number("heal") as i32),
        ahead: matches!(run.option("ahead"), Some(Json::Bool(true))),
        only_at_useful: matches!(run.option("only_at_useful"), Some(Json::Bool(true))),
        cold: matches!(run.option("cold"), Some(Json::Bool(true))),
        sampling: run.sampling(),
        stop: stop.iter().map(|text| text.text().to_string()).collect(),
        ..Default::default()
    }
}

fn complete(run: &mut Run) -> Outcome {
    let (offset, options) = (run.size("offset"), options(run));
    let request = run.buffer().start(offset, &options)?;
    let found = request.wait()?;
    Ok(format!(" {}", status_name(request.status())) + &candidates(&found) + &prompt(&request)?)
}

fn stream(run: &mut Run) -> Outcome {
    let (offset, options) = (run.size("offset"), options(run));
    let (stop_after, raise_after) = (run.size("stop_after"), run.size("raise_after"));
    let n = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&n);
    let request = run.buffer().start_with(offset, &options, move |index, _text| {
        if index != 0 {
            return ControlFlow::Continue(());
        }
        let n = counter.fetch_add(1, Ordering::Relaxed) + 1;
        if n == raise_after {
            std::panic::panic_any(Raised);
        }
        if n == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let joined: String = request.pieces().collect();
    match catch_unwind(AssertUnwindSafe(|| request.wait())) {
        Ok(_) => assert_eq!(raise_after, 0, "the callback's panic was lost"),
        Err(panic) => assert!(panic.is::<Raised>(), "another panic"),
    }
    Ok(format!(" {} pieces={}", status_name(request.status()), n.load(Ordering::Relaxed))
        + &quoted("stream", &joined)
        + &candidates(&request.candidates()?)
        + &prompt(&request)?)
}

fn candidates(found: &[Candidate]) -> String {
    found
        .iter()
        .map(|c| {
            quoted("text", &c.text)
                + &quoted("raw", &c.raw)
                + &listed("ids", &c.ids)
                + &format!(" logprob={:016x}", c.logprob.to_bits())
                + &format!(" suffix_logprob={:016x}", c.suffix_logprob.to_bits())
                + &format!(" finish={}", c.finish.0)
                + &quoted("cut", &c.cut)
        })
        .collect()
}

fn prompt(request: &Request) -> Outcome {
    let (stats, parts, plans) = (request.stats()?, request.parts()?, request.plans()?);
    let part_tokens: usize = parts.iter().map(|part| part.n_tokens).sum();
    Ok(crc("prompt", stats.prompt.iter().flat_map(|id| id.to_ne_bytes()))
        + &format!(" tokens={} parts={} part_tokens={part_tokens} plans={}", stats.prompt_tokens, parts.len(), plans.len())
        + &format!(" mode={} layout={}", stats.mode.0, stats.layout.0))
}
