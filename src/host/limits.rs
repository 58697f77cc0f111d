//! The limits that the machine sets a process.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Allows this process as many open files as it may have; gives how many that are. An ordinary shell allows a thousand,
/// which as many idle connections use up.
pub fn open_files() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 0 };
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        Err(_) => soft,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_gets_as_many_files_as_it_may_have() {
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("there is a limit");
        assert_eq!(open_files(), hard);
        assert_eq!(getrlimit(Resource::RLIMIT_NOFILE), Ok((hard, hard)));
    }
}
