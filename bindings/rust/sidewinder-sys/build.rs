//! Finds libsidewinder: in the folder SIDEWINDER_LIB_DIR, else by pkg-config.
use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=SIDEWINDER_LIB_DIR");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rerun-if-changed=build.rs");
    for folder in folders() {
        println!("cargo:rustc-link-search=native={folder}");
        println!("cargo:libdir={folder}");
    }
    println!("cargo:rustc-link-lib=dylib=sidewinder");
}

fn folders() -> Vec<String> {
    if let Ok(folder) = env::var("SIDEWINDER_LIB_DIR") {
        return vec![folder];
    }
    let program = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_string());
    // The flags of the header's major version; a system folder has none.
    let output = Command::new(&program).args(["--libs-only-L", "sidewinder"]).output();
    match output {
        Ok(found) if found.status.success() => String::from_utf8_lossy(&found.stdout)
            .split_whitespace()
            .filter_map(|flag| flag.strip_prefix("-L").map(str::to_string))
            .collect(),
        Ok(found) => fail(&String::from_utf8_lossy(&found.stderr)),
        Err(error) => fail(&format!("{program}: {error}")),
    }
}

fn fail(why: &str) -> ! {
    eprintln!("libsidewinder was not found: {why}\nInstall it, or name the folder of libsidewinder.so in SIDEWINDER_LIB_DIR.");
    std::process::exit(1);
}
