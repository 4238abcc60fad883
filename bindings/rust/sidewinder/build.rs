//! The examples and tests find the library where the linker found it. A program that uses this crate does the same, or installs the library.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if let Ok(folder) = std::env::var("DEP_SIDEWINDER_LIBDIR") {
        println!("cargo:rustc-link-arg-examples=-Wl,-rpath,{folder}");
        println!("cargo:rustc-link-arg-tests=-Wl,-rpath,{folder}");
    }
}
