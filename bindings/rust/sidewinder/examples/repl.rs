//! A completion REPL: type a line of code, get the rest of it. Each line goes on from the ones before.
//!
//! Usage: repl [MODEL_FOLDER]        :undo takes the last line back, :text shows all of it, :quit ends
use sidewinder::{Buffer, CompleteOptions, Engine, Error};
use std::io::{self, BufRead, Write};

struct Repl {
    buffer: Buffer,
    begins: Vec<usize>,
}

impl Repl {
    /// Adds the line, completes it, and keeps what the model said.
    fn line(&mut self, line: &str, out: &mut impl Write) -> io::Result<Result<(), Error>> {
        let begin = match self.append(line) {
            Ok(begin) => begin,
            Err(error) => return Ok(Err(error)),
        };
        let options = CompleteOptions { max_tokens: 48, multiline: 1, ..Default::default() };
        let request = match self.buffer.start(begin + line.len(), &options) {
            Ok(request) => request,
            Err(error) => return Ok(Err(error)),
        };
        let candidates = match request.wait() {
            Ok(candidates) => candidates,
            Err(error) => return Ok(Err(error)),
        };
        let text = &candidates[0].text;
        writeln!(out, "{line}{text}")?;
        Ok(self.append(&format!("{text}\n")).map(|_| self.begins.push(begin)))
    }

    fn append(&mut self, text: &str) -> Result<usize, Error> {
        let end = self.buffer.text()?.len();
        self.buffer.edit(end..end, text)?;
        Ok(end)
    }

    fn undo(&mut self) -> Result<(), Error> {
        let end = self.buffer.text()?.len();
        let begin = self.begins.pop().unwrap_or(end);
        self.buffer.edit(begin..end, "")
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new()?;
    let model = match std::env::args().nth(1) {
        Some(folder) => engine.open_model(folder)?,
        None => engine.open_embedded_model()?,
    };
    let mut repl = Repl { buffer: model.buffer("", "repl.py")?, begins: Vec::new() };
    let mut out = io::stdout();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let result = match line.as_str() {
            ":quit" => break,
            ":undo" => repl.undo(),
            ":text" => repl.buffer.text().and_then(|text| Ok(write!(out, "{text}").unwrap_or_default())),
            _ => repl.line(&line, &mut out)?,
        };
        if let Err(error) = result {
            writeln!(out, "error: {error}")?;
        }
        out.flush()?;
    }
    Ok(())
}

fn main() {
    if let Err(error) = run() {
        eprintln!("repl: {error}");
        std::process::exit(1);
    }
}
