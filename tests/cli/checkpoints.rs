//! Tests that a fit which was stopped goes on from its checkpoint to the bytes of one that was not.

use std::fs;
use std::time::{Duration, Instant};

use crate::common::workplace::{Workplace, contents, fails, shown, succeeds};

/// A fit of some thousand iterations, with many checkpoints.
const FIT: &[&str] = &[
    "fit",
    "news",
    "-k",
    "4",
    "-q",
    "--max-iterations",
    "4000",
    "--tolerance",
    "0",
    "--min-df",
    "1",
    "--checkpoint-every",
    "0.002s",
];

/// A corpus that such a fit takes a while for.
fn corpus(place: &Workplace) {
    place.corpus(40, 12);
}

#[test]
fn a_fit_that_is_killed_again_and_again_ends_with_the_same_bytes() {
    let place = Workplace::new();
    corpus(&place);
    succeeds(&place.run(&[FIT, &["-o", "whole"]].concat()));
    let checkpoint = place.path("resumed.checkpoint");
    let resume = [FIT, &["-o", "resumed", "--resume"]].concat();
    for kill in 0..6 {
        let mut child = place.command(&resume).spawn().unwrap();
        let before = fs::metadata(&checkpoint).and_then(|file| file.modified()).ok();
        // The fit is killed once it has stored something, and at another moment each time.
        let began = Instant::now();
        while child.try_wait().unwrap().is_none() && began.elapsed() < Duration::from_secs(60) {
            if fs::metadata(&checkpoint).and_then(|file| file.modified()).ok() != before {
                break;
            }
        }
        std::thread::sleep(Duration::from_millis(7 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let output = place.run(&resume);
    succeeds(&output);
    assert_eq!(contents(&place.path("resumed")), contents(&place.path("whole")));
    assert_eq!(place.entries(), ["news", "resumed", "whole"], "no checkpoint is left: {}", shown(&output));
}

#[test]
fn a_fit_that_ran_out_of_time_goes_on() {
    let place = Workplace::new();
    corpus(&place);
    succeeds(&place.run(&[FIT, &["-o", "whole"]].concat()));
    succeeds(&place.run(&[FIT, &["-o", "m", "--time-limit", "0.01"]].concat()));
    assert_eq!(place.entries(), ["m", "m.checkpoint", "news", "whole"]);
    // The model that there is may be replaced, because its fit was ended early.
    let verbose: Vec<&str> = FIT.iter().copied().filter(|argument| *argument != "-q").collect();
    let output = place.run(&[&verbose[..], &["-o", "m", "--resume"]].concat());
    succeeds(&output);
    assert!(shown(&output).contains("going on after "), "{}", shown(&output));
    assert_eq!(contents(&place.path("m")), contents(&place.path("whole")));
    fails(&place.run(&[FIT, &["-o", "m", "--resume"]].concat()), 2, &["already exists"]);
    let output = place.run(&[&verbose[..], &["-o", "n", "--resume"]].concat());
    succeeds(&output);
    assert!(shown(&output).contains("does not exist: the fit begins anew"), "{}", shown(&output));
}

#[test]
fn a_checkpoint_of_something_else_is_refused() {
    let place = Workplace::new();
    corpus(&place);
    succeeds(&place.run(&[FIT, &["-o", "m", "--time-limit", "0.01"]].concat()));
    let resume = |more: &[&str]| place.run(&[FIT, &["-o", "m", "--resume"], more].concat());
    fails(&resume(&["--seed", "2"]), 1, &["m.checkpoint", "other parameters", "--resume"]);
    let stored = fs::read(place.path("m.checkpoint")).unwrap();
    for forged in [&stored[..stored.len() / 2], &stored[..30], b"", b"topicmill checkpoint 2\n"] {
        place.write("m.checkpoint", forged);
        fails(&resume(&[]), 1, &["m.checkpoint", "damaged"]);
    }
    let mut forged = stored.clone();
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    place.write("m.checkpoint", &forged);
    fails(&resume(&[]), 1, &["m.checkpoint", "damaged"]);
    place.write("m.checkpoint", &stored);
    place.write("news/one-more.txt", "banks and prices, and a baker with flour and butter");
    fails(&resume(&[]), 1, &["m.checkpoint", "other documents"]);
    fs::remove_file(place.path("news/one-more.txt")).unwrap();
    succeeds(&resume(&[]));
}
