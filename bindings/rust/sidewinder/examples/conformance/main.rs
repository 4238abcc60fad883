//! Runs bindings/conformance/scenarios.json by the safe crate and prints one line a step, as the C program does.
//!
//! Usage: conformance SCENARIOS MODEL_FOLDER EMPTY_FOLDER
mod completion;
mod json;
mod low_level;
mod side;

use json::Json;
use sidewinder::{Buffer, Engine, Error, Model, Request, SamplingOptions, Sequence, Snapshot, Status, Workspace};
use std::fmt::Write;

/// What a step named by "as"; `None` once closed. The compiler refuses what the other languages must refuse while they run: a value that was
/// dropped cannot be named any more, so the runner itself says what they say.
pub enum Object {
    Engine(Option<Engine>),
    Model(Option<Model>),
    Sequence(Option<Sequence>),
    Snapshot(Option<Snapshot>),
    Buffer(Option<Buffer>),
    Request(Option<Request>),
    Workspace(Option<Workspace>),
}

pub type Outcome = Result<String, Error>;

pub struct Run {
    pub model: String,
    pub folder: String,
    pub objects: Vec<(String, Object)>,
    pub step: Json,
}

macro_rules! access {
    ($name:ident, $kind:ident, $type:ty) => {
        pub fn $name(&mut self) -> &mut $type {
            let name = self.text("on").to_string();
            let found = self.objects.iter_mut().rev().find(|(known, _)| *known == name);
            match found {
                Some((_, Object::$kind(Some(object)))) => object,
                _ => panic!("a step asks for an object that is not there: {:?}", self.step),
            }
        }
    };
}

impl Run {
    access!(engine, Engine, Engine);
    access!(model, Model, Model);
    access!(sequence, Sequence, Sequence);
    access!(snapshot, Snapshot, Snapshot);
    access!(buffer, Buffer, Buffer);
    access!(request, Request, Request);

    pub fn text(&self, key: &str) -> &str {
        self.step.get(key).map_or("", Json::text)
    }

    pub fn number(&self, key: &str, otherwise: f64) -> f64 {
        self.step.get(key).map_or(otherwise, Json::number)
    }

    pub fn size(&self, key: &str) -> usize {
        self.number(key, 0.0) as usize
    }

    pub fn flag(&self, key: &str) -> bool {
        matches!(self.step.get(key), Some(Json::Bool(true)))
    }

    pub fn path(&self, key: &str) -> String {
        self.text(key).replace("$MODEL", &self.model).replace("$TMP", &self.folder)
    }

    pub fn ids(&self) -> Vec<i32> {
        let ids: Vec<i32> = self.step.get("ids").map_or(&[][..], Json::list).iter().map(|id| id.number() as i32).collect();
        ids.repeat(self.number("repeat", 1.0) as usize)
    }

    pub fn option(&self, key: &str) -> Option<&Json> {
        self.step.get("options").and_then(|options| options.get(key))
    }

    pub fn option_number(&self, key: &str) -> f64 {
        self.option(key).map_or(0.0, Json::number)
    }

    pub fn sampling(&self) -> SamplingOptions {
        SamplingOptions {
            temperature: self.option_number("temperature") as f32,
            top_k: self.option_number("top_k") as i32,
            top_p: self.option_number("top_p") as f32,
            min_p: self.option_number("min_p") as f32,
            seed: self.option_number("seed") as u64,
        }
    }

    pub fn keep(&mut self, object: Object) {
        let name = self.text("as").to_string();
        self.objects.push((name, object));
    }

    pub fn keep_as(&mut self, result: Result<Object, Error>) -> Outcome {
        result.map(|object| {
            self.keep(object);
            String::new()
        })
    }

    fn close(&mut self) -> Outcome {
        let name = self.text("on").to_string();
        if let Some((_, object)) = self.objects.iter_mut().rev().find(|(known, _)| *known == name) {
            match object {
                Object::Engine(o) => drop(o.take()),
                Object::Model(o) => drop(o.take()),
                Object::Sequence(o) => drop(o.take()),
                Object::Snapshot(o) => drop(o.take()),
                Object::Buffer(o) => drop(o.take()),
                Object::Request(o) => drop(o.take()),
                Object::Workspace(o) => drop(o.take()),
            }
        }
        Ok(String::new())
    }

    fn run_step(&mut self) -> Outcome {
        let op = self.text("op").to_string();
        match op.as_str() {
            "close" => self.close(),
            "use_closed" => Ok(String::from("closed")),
            _ => low_level::step(self, &op)
                .or_else(|| completion::step(self, &op))
                .or_else(|| side::step(self, &op))
                .unwrap_or_else(|| panic!("no such step: {op}")),
        }
    }

    fn line(&mut self) -> String {
        match self.run_step() {
            Ok(text) if text == "closed" => String::from("SW_E_ARGUMENT"),
            Ok(text) if text.starts_with("raised ") => text.replacen("raised", "SW_E_CANCELLED", 1),
            Ok(text) => format!("ok{text}"),
            Err(error) if self.flag("no_text") => status_name(error.status()),
            Err(error) => {
                let text = error.text().replace(&self.model, "$MODEL").replace(&self.folder, "$TMP");
                format!("{} {text}", status_name(error.status()))
            }
        }
    }

    fn run(&mut self, steps: &[Json], prefix: &str) -> String {
        let mut out = String::new();
        for (index, step) in steps.iter().enumerate() {
            self.step = step.clone();
            if self.text("op") == "together" {
                out += &self.together(&format!("{prefix}{index}."));
            } else {
                let _ = writeln!(out, "{prefix}{index} {}: {}", step.get("op").map_or("", Json::text), self.line());
            }
        }
        while self.objects.pop().is_some() {}
        out
    }

    /// Each branch on a thread of its own, with objects of its own; their lines come one branch after the other.
    fn together(&self, prefix: &str) -> String {
        let branches = self.step.get("branches").map_or(&[][..], Json::list);
        std::thread::scope(|scope| {
            let threads: Vec<_> = branches
                .iter()
                .enumerate()
                .map(|(index, steps)| {
                    let mut run = Run { model: self.model.clone(), folder: self.folder.clone(), objects: Vec::new(), step: Json::Null };
                    scope.spawn(move || run.run(steps.list(), &format!("{prefix}{index}.")))
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("a branch")).collect()
        })
    }
}

pub fn status_name(status: Status) -> String {
    match status {
        Status::OK => String::from("SW_OK"),
        other => format!("SW_E_{}", other.name().unwrap_or("UNKNOWN")),
    }
}

pub fn quoted(name: &str, text: &str) -> String {
    let mut out = format!(" {name}=\"");
    for byte in text.bytes() {
        if !(0x20..0x7f).contains(&byte) || byte == b'"' || byte == b'\\' {
            let _ = write!(out, "\\x{byte:02x}");
        } else {
            out.push(char::from(byte));
        }
    }
    out.push('"');
    out
}

pub fn listed(name: &str, ids: &[i32]) -> String {
    let ids: Vec<String> = ids.iter().map(i32::to_string).collect();
    format!(" {name}=[{}]", ids.join(","))
}

pub fn crc_of_floats(name: &str, values: &[f32]) -> String {
    crc(name, values.iter().flat_map(|value| value.to_ne_bytes()))
}

/// CRC-32 as zlib has it.
pub fn crc(name: &str, bytes: impl Iterator<Item = u8>) -> String {
    let table: Vec<u32> = (0..256u32)
        .map(|byte| (0..8).fold(byte, |value, _| if value & 1 != 0 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 }))
        .collect();
    let value = bytes.fold(!0u32, |value, byte| table[((value ^ u32::from(byte)) & 0xff) as usize] ^ (value >> 8));
    format!(" {name}={:08x}", !value)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let file = std::fs::read_to_string(&arguments[1]).expect("the scenarios");
    let scenarios = json::parse(&file).expect("JSON");
    // Callbacks of the scenarios panic on purpose; their messages say nothing.
    std::panic::set_hook(Box::new(|info| {
        if info.payload().downcast_ref::<Raised>().is_none() {
            eprintln!("{info}");
        }
    }));
    for scenario in scenarios.get("scenarios").map_or(&[][..], Json::list) {
        let mut run = Run { model: arguments[2].clone(), folder: arguments[3].clone(), objects: Vec::new(), step: Json::Null };
        let prefix = format!("{}/", scenario.get("name").map_or("", Json::text));
        print!("{}", run.run(scenario.get("steps").map_or(&[][..], Json::list), &prefix));
    }
}

/// What a callback of the scenarios panics of.
pub struct Raised;
