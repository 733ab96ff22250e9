//! The `backplane-badpeer` program.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    backplane_badpeer::main()
}
