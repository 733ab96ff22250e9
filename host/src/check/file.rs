//! Checks of the file, before anything of it runs.

use super::case::Case;
use super::outcome::{Verdict, failed};
use crate::plugin::{FileError, Refusal, clash, examine};

pub(super) async fn whole(case: Case) -> Verdict {
    match examine(&case.file, &[]) {
        // A library all the same; the next check tells.
        Ok(_) | Err(Refusal::File(FileError::NotAPlugin | FileError::Manifest(_))) => Ok(()),
        Err(error) => failed(error),
    }
}

pub(super) async fn manifest(case: Case) -> Verdict {
    case.manifest().map(drop)
}

pub(super) async fn fit(case: Case) -> Verdict {
    let examined = examine(&case.file, &[]).or_else(failed)?;
    examined.misfit.map_or(Ok(()), failed)
}

pub(super) async fn names(case: Case) -> Verdict {
    clash(&case.manifest()?).map_or(Ok(()), failed)
}
