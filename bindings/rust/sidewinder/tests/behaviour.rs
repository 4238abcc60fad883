//! What the types promise and the conformance scenarios cannot say: threads, futures, panics, drops in any order.
use sidewinder::{CompleteOptions, Engine, EngineOptions, Error, LogLevel, Model, QuantizeOptions, Run, SamplingOptions, Status, Weights};

fn model() -> Model {
    Engine::new().and_then(|engine| engine.open_embedded_model()).expect("the embedded model")
}

fn assert_send<T: Send>() {}
fn assert_sync<T: Sync>() {}

#[test]
fn send_and_sync_are_as_the_header_says() {
    assert_send::<Engine>();
    assert_sync::<Engine>();
    assert_sync::<Model>();
    assert_sync::<sidewinder::Tokenizer<'_>>();
    assert_sync::<sidewinder::Snapshot>();
    assert_sync::<sidewinder::Request>();
    assert_send::<sidewinder::Sequence>();
    assert_send::<sidewinder::Buffer>();
    assert_send::<sidewinder::Detokenizer>();
    assert_send::<Error>();
}

#[test]
fn a_sequence_goes_to_another_thread_and_outlives_its_model() {
    let model = model();
    let mut sequence = model.sequence().unwrap();
    sequence.append(&[5, 6, 7]).unwrap();
    drop(model);
    let length = std::thread::spawn(move || {
        sequence.append(&[8]).unwrap();
        sequence.len()
    });
    assert_eq!(length.join().unwrap(), 4);
}

#[test]
fn models_are_shared_by_threads() {
    let model = model();
    let generate = || {
        let mut sequence = model.sequence()?;
        sequence.append(&[300, 301])?;
        sequence.generate(&SamplingOptions::default()).take(8).collect::<Result<Vec<i32>, Error>>()
    };
    std::thread::scope(|scope| {
        let (a, b) = (scope.spawn(generate), scope.spawn(generate));
        assert_eq!(a.join().unwrap().unwrap(), b.join().unwrap().unwrap());
    });
}

#[cfg(feature = "future")]
mod future {
    use super::*;
    use std::future::Future;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake};
    use std::thread::{self, Thread};

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// The smallest executor: it polls when it is woken, and never otherwise.
    fn block_on<F: Future + Unpin>(mut future: F) -> F::Output {
        let waker = Arc::new(Unpark(thread::current())).into();
        loop {
            match Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => return value,
                Poll::Pending => thread::park(),
            }
        }
    }

    #[test]
    fn a_request_is_a_future() {
        let mut buffer = model().buffer("def double(x):\n    return ", "a.py").unwrap();
        let options = CompleteOptions { max_tokens: 8, ..Default::default() };
        let awaited = block_on(buffer.start(26, &options).unwrap()).unwrap();
        let waited = buffer.complete(26, &options).unwrap();
        assert_eq!(awaited, waited);
    }

    // A list that the embedded model goes on with for hundreds of lines.
    const ENDLESS: &str = "from enum import Enum\n\nclass Status(Enum):\n    CONTINUE = 100\n    SWITCHING_PROTOCOLS = 101\n    \
                           PROCESSING = 102\n    OK = 200\n    ";

    #[test]
    fn dropping_a_future_cancels_it() {
        let mut buffer = model().buffer(ENDLESS, "status.py").unwrap();
        let long = CompleteOptions { max_tokens: 60000, multiline: 2, ..Default::default() };
        let (sender, pieces) = std::sync::mpsc::channel();
        let request = buffer
            .start_with(ENDLESS.len(), &long, move |_, text| {
                let _ = sender.send(text.len());
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        let first = pieces.recv().unwrap();
        drop(request);
        let dropped: usize = first + pieces.into_iter().sum::<usize>(); // until the callback is gone
        let whole = buffer.complete(ENDLESS.len(), &long).unwrap()[0].text.len();
        assert!(dropped < whole, "{dropped} bytes came of {whole}, after the first {first}");
    }
}

#[test]
fn a_panic_of_a_callback_goes_on_where_the_request_is_waited_for() {
    let mut buffer = model().buffer("def double(x):\n    return ", "a.py").unwrap();
    let request = buffer.start_with(26, &CompleteOptions::default(), |_, _| panic!("of the caller's")).unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| request.wait())).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"of the caller's"));
    assert_eq!(buffer.complete(26, &CompleteOptions { max_tokens: 2, ..Default::default() }).unwrap().len(), 1);
}

#[test]
fn a_request_may_be_dropped_in_the_callback_of_another() {
    let model = model();
    let (mut first, mut second) = (model.buffer("a = ", "a.py").unwrap(), model.buffer("b = ", "b.py").unwrap());
    let (sender, receiver) = std::sync::mpsc::channel::<sidewinder::Request>();
    let options = CompleteOptions { max_tokens: 8, ..Default::default() };
    let request = first
        .start_with(4, &options, move |_, _| {
            drop(receiver.recv());
            std::ops::ControlFlow::Break(())
        })
        .unwrap();
    sender.send(second.start(4, &options).unwrap()).unwrap();
    request.wait().unwrap();
}

#[test]
fn messages_reach_the_log_and_panics_stay_out_of_c() {
    let (sender, receiver) = std::sync::mpsc::sync_channel(64);
    let options = EngineOptions { log_level: LogLevel::DEBUG, ..Default::default() };
    let engine = Engine::with_log(&options, move |level, text| {
        let _ = sender.try_send((level, text.to_string()));
        panic!("in the log");
    })
    .unwrap();
    let model = engine.open_embedded_model().unwrap();
    drop(engine);
    drop(model.sequence().unwrap());
    drop(model);
    let messages: Vec<_> = receiver.into_iter().collect();
    assert!(!messages.is_empty(), "an engine that starts says with what");
    assert!(messages.iter().all(|(level, text)| level.0 <= LogLevel::DEBUG.0 && !text.is_empty()));
}

#[test]
fn errors_say_what_and_where() {
    let error = Engine::new().unwrap().open_model("/nowhere/at/all").err().unwrap();
    assert_eq!(error.status(), Status::NOT_FOUND);
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    let error = model().buffer("a", "a\0b").err().unwrap();
    assert_eq!(error.status(), Status::ARGUMENT);
    let error: Box<dyn std::error::Error> = Box::new(error);
    assert!(error.to_string().contains("NUL"), "{error}");
}

#[test]
fn a_quantised_checkpoint_opens_as_what_it_is() {
    let (engine, path) = (Engine::new().unwrap(), model().info().unwrap().path);
    let folder = std::env::temp_dir().join(format!("sidewinder-rust-q4-{}", std::process::id()));
    engine.quantize(&path, Weights::Q4, &folder, &QuantizeOptions::default(), Run::new()).unwrap();
    assert_eq!(engine.open_model(&folder).unwrap().info().unwrap().weights, "Q4");
    let plain = engine.open_model(&folder).unwrap().hash(Run::new()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let known = QuantizeOptions { calibration: vec!["def f(x):\n    return x\n".into()], calibration_tokens: 8 };
    engine.quantize(&path, Weights::Q4, &folder, &known, Run::new()).unwrap();
    assert_ne!(engine.open_model(&folder).unwrap().hash(Run::new()).unwrap(), plain);
    let error = engine.quantize(&path, Weights::Q8, &folder, &known, Run::new()).err().unwrap();
    assert!(error.to_string().contains("calibration"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
    let error = engine.quantize("/nowhere/at/all", Weights::Q8, &folder, &QuantizeOptions::default(), Run::new()).err().unwrap();
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
}
