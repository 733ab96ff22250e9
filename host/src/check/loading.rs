//! Checks of a library that is opened, and a plug-in that is made.

use super::case::Case;
use super::outcome::{Verdict, failed};
use super::world::World;
use crate::plugin::{LibraryError, Refusal, open_in_place};

pub(super) async fn load(case: Case) -> Verdict {
    match open_in_place(&case.file) {
        // It is a plug-in all the same; the next check tells.
        Ok(_) | Err(Refusal::Library(LibraryError::Lies(_))) => Ok(()),
        Err(error) => failed(error),
    }
}

pub(super) async fn agree(case: Case) -> Verdict {
    case.open().map(drop)
}

pub(super) async fn create(case: Case) -> Verdict {
    World::create(&case).await?.end().await
}

pub(super) async fn twice(case: Case) -> Verdict {
    let first = World::create(&case).await?;
    let again = case.open()?;
    if again.manifest().name != first.library.manifest().name {
        return failed("it says another name when it is opened again");
    }
    let copy = Case { file: case.scratch.join("copy.so"), ..case.clone() };
    std::fs::copy(&case.file, &copy.file).or_else(failed)?;
    let beside = World::create(&copy).await?;
    let same = World::create(&case).await?;
    for world in [beside, same, first] {
        world.end().await?;
    }
    Ok(())
}
