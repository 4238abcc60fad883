//! Steps on texts, workspaces and the store on disk.
use crate::json::Json;
use crate::{listed, quoted, Object, Outcome, Run};
use sidewinder::{texts, ContextQuery, Query, Run as Options, Store, TextOptions, Workspace, WorkspaceFile};
use std::fmt::Write;
use std::path::Path;

pub fn step(run: &mut Run, op: &str) -> Option<Outcome> {
    Some(match op {
        "write" => write_file(run),
        "language" => Ok(quoted("language", texts::language(run.text("path"), run.text("first_line")).unwrap_or(""))),
        "chunks" => chunks(run),
        "outline" => outline(run),
        "workspace" => workspace(run),
        "update_context" => update_context(run),
        "save_states" => run.engine().save(Options::new()).map(|()| String::new()),
        "store" => store(run),
        _ => return None,
    })
}

fn write_file(run: &mut Run) -> Outcome {
    let path = run.path("path");
    let folder = Path::new(&path).parent().expect("a folder");
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, run.text("text"))).expect("the file is written");
    Ok(String::new())
}

fn chunks(run: &mut Run) -> Outcome {
    let options = TextOptions { language: run.text("language").to_string(), chunk_size_max: run.size("size"), ..Default::default() };
    let found = texts::chunks(run.text("text").as_bytes(), &options, Options::new)?;
    Ok(found.iter().map(|c| format!(" {}-{}@{}", c.begin, c.end, c.first_line)).collect())
}

fn outline(run: &mut Run) -> Outcome {
    let options = TextOptions { language: run.text("language").to_string(), ..Default::default() };
    let found = texts::outline(run.text("text").as_bytes(), &options, Options::new())?;
    let mut line = String::new();
    for d in &found.declarations {
        let _ = write!(line, " {}:{}@{}-{}<{}", d.kind, d.name, d.begin, d.end, d.parent);
    }
    for import in &found.imports {
        let _ = write!(line, " import:{}@{}-{}", import.name, import.begin, import.end);
    }
    for name in &found.references {
        let _ = write!(line, " {name}");
    }
    Ok(line + &quoted("skeleton", &found.info.skeleton))
}

fn files(found: &[WorkspaceFile]) -> String {
    found.iter().map(|f| format!(" {}:{}:{}:{}", f.path, f.language, f.bytes, f.line)).collect()
}

fn workspace(run: &mut Run) -> Outcome {
    let (path, find) = (run.path("path"), run.text("find").to_string());
    let workspace = Workspace::open(path, run.model().tokenizer().as_ref(), &Default::default())?;
    workspace.update(&[], Options::new())?;
    let stats = workspace.stats()?;
    let mut line = format!(" files={} definitions={}", stats.files, stats.definitions);
    line += &files(&workspace.files()?);
    line += &files(&workspace.find(&find)?);
    let query = run.step.get("query").expect("a query");
    let text = |key: &str| query.get(key).map_or("", Json::text).to_string();
    let options = ContextQuery {
        path: text("path"),
        window_end: (text("before").len() + text("after").len()) as u64,
        before: text("before"),
        after: text("after"),
        budget_tokens: query.get("budget_tokens").map_or(0.0, Json::number) as u32,
        ..Default::default()
    };
    let context = workspace.context(&Query { options, ..Default::default() }, Options::new())?;
    let info = context.info()?;
    let _ = write!(line, " tokens={} stable={}", info.n_tokens, info.n_stable);
    for part in context.parts()? {
        let _ = write!(line, " {}:{}@{}", part.kind, part.path, part.first_line);
        line += &quoted("text", &part.text);
        line += &listed("ids", &part.ids);
    }
    run.keep(Object::Workspace(Some(workspace)));
    Ok(line)
}

fn update_context(run: &mut Run) -> Outcome {
    let (from, offset) = (run.text("from").to_string(), run.size("offset"));
    let index = run.objects.iter().rposition(|(name, _)| *name == from).expect("a workspace");
    let (name, object) = run.objects.remove(index);
    let changed = match &object {
        Object::Workspace(Some(workspace)) => run.buffer().update_context(workspace, offset, &Query::default(), Options::new()),
        _ => panic!("not a workspace: {from}"),
    };
    run.objects.insert(index, (name, object));
    changed.map(|changed| format!(" changed={}", i32::from(changed)))
}

fn store(run: &mut Run) -> Outcome {
    let store = Store::open(run.path("path"))?;
    let mut line = String::new();
    for entry in store.entries()? {
        let _ = write!(line, " reason={} tokens={} codec={}", entry.reason, entry.n_tokens, entry.codec);
    }
    let (report, _) = store.verify(false, Options::new())?;
    let (files, _) = store.gc(0)?;
    Ok(line + &format!(" checked={} bad={} removed={files}", report.checked, report.bad))
}
