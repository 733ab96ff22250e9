//! The `backplane-bench` program.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    backplane_bench::main()
}
