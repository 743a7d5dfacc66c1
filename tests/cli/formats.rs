//! Tests the formats that `fit` and `inspect` read, and the limits of each.

use std::io::Write;

use crate::common::workplace::{Workplace, fails, shown, succeeds};

fn inspect(place: &Workplace, arguments: &[&str]) -> String {
    let output = place.run(&[&["inspect"], arguments, &["--language", "none", "--max-df", "1.0"]].concat());
    succeeds(&output);
    shown(&output)
}

#[test]
fn delimiters_are_recognised_and_told() {
    let place = Workplace::new();
    for (delimiter, shown) in [(';', "';'"), ('|', "'|'"), ('\t', "'\\t'")] {
        let table = "id,label,text\n1,a,\"one, two\"\n2,b,three; four\n".replace(',', &delimiter.to_string());
        place.write("t.csv", table.replace(&format!("one{delimiter}"), "one,").replace("three; ", "three "));
        let text = inspect(&place, &["t.csv"]);
        assert!(text.contains(&format!("t.csv: fields are separated by {shown}")), "{text}");
        assert!(text.contains("documents   2,") && text.contains("tokens      4"), "{text}");
    }
    place.write("t.csv", "id:text\n1:one two\n2:three\n");
    assert!(inspect(&place, &["t.csv", "--delimiter", ":"]).contains("documents   2,"));
    place.write("t.txt", "id\ttext\n1\tone two\n2\tthree\n");
    assert!(inspect(&place, &["t.txt", "--format", "csv", "--delimiter", "tab"]).contains("documents   2,"));
    fails(&place.run(&["inspect", "t.txt", "--delimiter", "ab"]), 2, &["is no single character"]);
    fails(&place.run(&["inspect", "t.txt", "--delimiter", "é"]), 2, &["ingest.delimiter"]);
}

#[test]
fn tables_from_a_pipe_are_recognised() {
    let place = Workplace::new();
    let piped = |content: &str, arguments: &[&str]| {
        let mut command =
            place.command(&[&["inspect", "-", "--language", "none", "--max-df", "1.0"], arguments].concat());
        let mut child = command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(content.as_bytes()).unwrap();
        shown(&child.wait_with_output().unwrap())
    };
    assert!(piped("id,text\n1,one two\n2,three\n", &[]).contains("documents   2,"));
    assert!(piped("id;body\n1;one two\n2;three\n", &["--text-column", "body"]).contains("documents   2,"));
    assert!(piped("[{\"text\": \"one two\"}, {\"text\": \"three\"}]", &[]).contains("documents   2,"));
    assert!(piped("one, two\nthree, four\nfive\n", &[]).contains("documents   3,"));
}

#[test]
fn arrays_of_objects_are_tables() {
    let place = Workplace::new();
    place.write("t.json", "[\n{\"id\": 1, \"text\": \"one [two], {three\"},\n{\"text\": \"four \\\" five\"}\n]\n");
    assert!(inspect(&place, &["t.json"]).contains("documents   2,"));
    place.write("t.json", "[{\"text\": \"one\"}, {\"text\": \"two\"}");
    fails(&place.run(&["inspect", "t.json"]), 1, &["t.json: line 1: the array does not end", "hint:"]);
}

#[cfg(feature = "archives")]
#[test]
fn archives_are_folders() {
    let place = Workplace::new();
    let files = [
        ("sea/ships.txt", "ships at sea"),
        ("sea/.hidden", "no text"),
        ("food/bread.html", "<p>bread &amp; butter</p>"),
        ("../evil.txt", "evil"),
    ];
    let mut tar = tar::Builder::new(Vec::new());
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, content.as_bytes()).unwrap();
    }
    let tar = tar.into_inner().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    place.write("a.tar.gz", gzip.finish().unwrap());
    place.write("a.tar", &tar);
    place.write("a.zip", zip.finish().unwrap().into_inner());
    for name in ["a.zip", "a.tar", "a.tar.gz"] {
        let text = inspect(&place, &[name]);
        assert!(text.contains("documents   2,") && text.contains("1 hidden, 1 unreadable"), "{name}: {text}");
        assert!(text.contains("its name leads out of the archive"), "{text}");
    }
    let fit = ["fit", "a.zip", "-k", "2", "--language", "none", "--max-df", "1.0", "-q", "-o", "m"];
    succeeds(&place.run(&fit));
    let clusters = place.stdout(&["export", "m", "--table", "clusters"]);
    assert!(clusters.contains("food/bread.html") && clusters.contains(",sea,ships at sea"), "{clusters}");
    assert!(!place.path("../evil.txt").exists());

    let bytes = std::fs::read(place.path("a.zip")).unwrap();
    place.write("cut.zip", &bytes[..bytes.len() - 30]);
    fails(&place.run(&["inspect", "cut.zip"]), 1, &["cut.zip", "unpack it"]);
    let mut nested = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    nested.start_file("inner.zip", zip::write::SimpleFileOptions::default()).unwrap();
    nested.write_all(&bytes).unwrap();
    place.write("nested.zip", nested.finish().unwrap().into_inner());
    fails(&place.run(&["inspect", "nested.zip"]), 1, &["inner.zip: binary (an archive", "name the file itself"]);
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bomb.start_file("zeros.txt", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![0; 1 << 20];
    (0..100).for_each(|_| bomb.write_all(&zeros).unwrap());
    place.write("bomb.zip", bomb.finish().unwrap().into_inner());
    fails(&place.bounded(&["inspect", "bomb.zip"]), 1, &["zeros.txt: unreadable (more than 67108864 bytes)"]);
}

#[cfg(feature = "mail")]
#[test]
fn mail_is_decoded() {
    let place = Workplace::new();
    let message = "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nSubject: =?utf-8?b?U2NoaWZmZSDDvGJlcmFsbA==?=\n\
        Date: Mon, 2 Feb 2026 10:00:00 +0000\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\
        Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n\
        Gr=FC=DFe vom Hafen\n> zitiert\n--b\nContent-Type: application/octet-stream\n\
        Content-Transfer-Encoding: base64\nContent-Disposition: attachment\n\nUVFRUVFR\n--b--\n";
    place.write("a.eml", message);
    place.write(
        "box.mbox",
        format!("From j Mon Feb  2 10:00:00 2026\n{message}\nFrom k Tue Feb  3 11:00:00 2026\n{message}"),
    );
    place.write("maildir/cur/1:2,S", message);
    place.write("maildir/new/2", message);
    place.write("maildir/tmp/3", message);
    place.write("maildir/cur/4:2,T", message);
    for (input, n) in [("a.eml", 1), ("box.mbox", 2), ("maildir", 2)] {
        let text = inspect(&place, &[input]);
        assert!(text.contains(&format!("documents   {n},")), "{input}: {text}");
        assert!(text.contains(&format!("tokens      {}", 6 * n)), "{input}: {text}");
        let stripped = inspect(&place, &[input, "--strip", "email"]);
        assert!(stripped.contains(&format!("tokens      {}", 5 * n)), "{input}: {stripped}");
    }
    succeeds(&place.run(&["vectorize", "box.mbox", "--language", "none", "--max-df", "1.0", "-q", "-o", "m"]));
    let documents = std::fs::read_to_string(place.path("m/documents.tsv")).unwrap();
    assert!(documents.starts_with("id\tlabel\ttitle\tsource\tn_tokens\tstatus\tfrom\tdate\n"), "{documents}");
    assert!(documents.contains("Schiffe überall") && documents.contains("Jürgen <j@example.org>"), "{documents}");
    assert!(documents.contains("2026-02-02T10:00:00Z"), "{documents}");
}

/// A file of zipped XML parts.
#[cfg(feature = "office")]
fn package(parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[cfg(feature = "office")]
#[test]
fn office_documents_are_texts() {
    let place = Workplace::new();
    let relations =
        "<Relationships><Relationship Type=\"x/officeDocument\" Target=\"word/document.xml\"/></Relationships>";
    let body = "<w:document><w:body><w:p><w:r><w:t>Ships &amp; boats</w:t></w:r></w:p><w:p><w:del><w:r><w:delText>gone\
        </w:delText></w:r></w:del><w:r><w:t>harbour</w:t></w:r></w:p></w:body></w:document>";
    place.write("d/a.docx", package(&[("_rels/.rels", relations.into()), ("word/document.xml", body.into())]));
    let odt = "<office:document-content><office:body><office:text><text:p>bread<text:s/>butter</text:p></office:text>\
        </office:body></office:document-content>";
    place.write("d/b.odt", package(&[("content.xml", odt.into())]));
    place.write("d/c.txt", "plain text");
    place.write("d/broken.docx", b"PK\x03\x04 no more");
    place.write("d/e.pdf", b"%PDF-1.7");
    let text = inspect(&place, &["d"]);
    assert!(text.contains("documents   3,") && text.contains("tokens      7"), "{text}");
    assert!(text.contains("broken.docx: unreadable") && text.contains("(a PDF: make it text first"), "{text}");
}

#[cfg(feature = "spreadsheets")]
#[test]
fn sheets_are_tables() {
    let place = Workplace::new();
    let cell = |place: &str, text: &str| format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let sheet = |rows: &str| {
        format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}\
             </sheetData></worksheet>"
        )
    };
    let rows = format!(
        "<row r=\"1\">{}{}{}</row><row r=\"2\">{}{}<c r=\"C2\"><v>7</v></c></row><row r=\"900000\">{}</row>",
        cell("A1", "label"),
        cell("B1", "text"),
        cell("C1", "n"),
        cell("A2", "sea"),
        cell("B2", "ships at sea"),
        cell("B900000", "bread")
    );
    let workbook = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
        xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>\
        <sheet name=\"Main\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
    let relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
        <Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
        Target=\"worksheets/sheet1.xml\"/></Relationships>";
    let root = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship \
        Id=\"r0\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
        Target=\"xl/workbook.xml\"/></Relationships>";
    let xlsx = |rows: &str| {
        package(&[
            ("_rels/.rels", root.into()),
            ("xl/workbook.xml", workbook.into()),
            ("xl/_rels/workbook.xml.rels", relations.into()),
            ("xl/worksheets/sheet1.xml", sheet(rows)),
        ])
    };
    place.write("t.xlsx", xlsx(&rows));
    succeeds(&place.run(&["vectorize", "t.xlsx", "--language", "none", "--max-df", "1.0", "-q", "-o", "m"]));
    let documents = std::fs::read_to_string(place.path("m/documents.tsv")).unwrap();
    assert!(documents.contains("t.xlsx#Main:2\tsea\tships at sea\tt.xlsx#Main:2\t3\tok\t7"), "{documents}");
    assert!(documents.contains("t.xlsx#Main:900000\t\tbread"), "{documents}");
    fails(&place.run(&["inspect", "t.xlsx", "--text-column", "body"]), 2, &["no column \"body\"", "label, text, n"]);
    // A million rows without content.
    let empty: String = (2..=1_000_000).map(|row| format!("<row r=\"{row}\"/>")).collect();
    let rows = format!("<row r=\"1\">{}</row>{empty}", cell("A1", "text"));
    place.write("empty.xlsx", xlsx(&rows));
    fails(&place.bounded(&["inspect", "empty.xlsx"]), 1, &["no document was found"]);
    place.write("broken.xlsx", b"PK\x03\x04 no more");
    fails(&place.run(&["inspect", "broken.xlsx"]), 1, &["broken.xlsx", "save it anew"]);
    let ods = "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"S\">\
        <table:table-row><table:table-cell><text:p>text</text:p></table:table-cell></table:table-row><table:table-row \
        table:number-rows-repeated=\"2\"><table:table-cell><text:p>one two</text:p></table:table-cell>\
        </table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    place.write("t.ods", package(&[("content.xml", ods.into())]));
    assert!(inspect(&place, &["t.ods"]).contains("documents   2,"));
}

/// A PDF of one page with this content, and one more object.
#[cfg(feature = "pdf")]
fn pdf(content: &[u8], filter: &str, resources: &str, more: &str) -> Vec<u8> {
    let stream = |dictionary: &str, content: &[u8]| {
        let head = format!("<<{dictionary}/Length {}>>stream\n", content.len());
        [head.as_bytes(), content, b"\nendstream"].concat()
    };
    let objects = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]\
             /Resources<</Font<</F1 5 0 R>>{resources}>>/Contents 4 0 R>>"
        )
        .into_bytes(),
        stream(filter, content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_vec(),
        stream(&format!("/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<{more}>>"), b"/X Do"),
    ];
    let (mut file, mut places) = (b"%PDF-1.4\n".to_vec(), Vec::new());
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file.extend(format!("{number} 0 obj").into_bytes());
        file.extend(object);
        file.extend(b"endobj\n");
    }
    let table = file.len();
    file.extend(b"xref\n0 7\n0000000000 65535 f \n");
    places.iter().for_each(|place| file.extend(format!("{place:010} 00000 n \n").into_bytes()));
    file.extend(format!("trailer<</Size 7/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").into_bytes());
    file
}

#[cfg(feature = "pdf")]
#[test]
fn pdfs_are_read_and_hostile_ones_are_skipped() {
    let place = Workplace::new();
    std::fs::create_dir(place.path("d")).unwrap();
    let text =
        b"BT /F1 12 Tf 72 700 Td (The harbour bank raises inter-) Tj 0 -14 Td (est rates at the caf\\351.) Tj ET";
    place.write("d/good.pdf", pdf(text, "", "", ""));
    place.write("d/loop.pdf", pdf(b"/X Do", "", "/XObject<</X 6 0 R>>", "/XObject<</X 6 0 R>>"));
    place.write("d/blank.pdf", pdf(b"BT ET", "", "", ""));
    place.write("d/cut.pdf", &pdf(text, "", "", "")[..200]);
    // More than two gigabytes of spaces.
    let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let spaces = vec![b' '; 1 << 24];
    (0..140).for_each(|_| bomb.write_all(&spaces).unwrap());
    place.write("d/bomb.pdf", pdf(&bomb.finish().unwrap(), "/Filter/FlateDecode", "", ""));
    let output = place.bounded(&["inspect", "d", "--language", "none", "--max-df", "1.0", "-v"]);
    let told = succeeds(&output);
    assert!(told.contains("documents   1,") && told.contains("skipped     1 empty, 3 unreadable"), "{told}");
    for (name, reason) in [
        ("loop.pdf", "unreadable (a PDF: make it text first, for example with pdftotext; its reader fails on it)"),
        ("bomb.pdf", "unreadable (a PDF: make it text first, for example with pdftotext; its reader fails on it)"),
        ("cut.pdf", "unreadable (a PDF: make it text first, for example with pdftotext; its reader says: "),
        ("blank.pdf", "empty (a PDF without text: scanned pages must be recognised first)"),
    ] {
        assert!(told.contains(&format!("{name}: {reason}")), "{told}");
    }
    // Asked for as text, it is named with the way out.
    let as_text = place.run(&["inspect", "d/good.pdf", "--format", "text"]);
    fails(&as_text, 1, &["binary (a PDF: read it with --format pdf, or make it text first"]);
    // A word that the end of a line parts is whole; what is explained points at it.
    let fit = ["fit", "d/good.pdf", "-k", "1", "-q", "-o", "m", "--language", "en", "--max-df", "1.0"];
    succeeds(&place.run(&fit));
    let explained = place.stdout(&["explain", "m", "d/good.pdf", "--output-format", "json"]);
    let explained: serde_json::Value = serde_json::from_str(&explained).unwrap();
    let text = explained["text"].as_str().unwrap();
    assert!(text.starts_with("The harbour bank raises interest rates at the café."), "{text}");
    let words = explained["words"].as_array().unwrap();
    let at = |key: &str| words.iter().map(|word| word[key].as_u64().unwrap() as usize).collect::<Vec<_>>();
    let found: Vec<&str> = at("start").into_iter().zip(at("end")).map(|(start, end)| &text[start..end]).collect();
    assert_eq!(found, ["harbour", "bank", "raises", "interest", "rates", "café"]);
}

#[test]
fn parquet_files_are_tables() {
    use parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
    use parquet::file::writer::SerializedFileWriter;
    let place = Workplace::new();
    let schema = "message m { optional binary text (UTF8); required binary id (UTF8); required int32 day (DATE); }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let file = std::fs::File::create(place.path("t.parquet")).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let texts = |texts: &[&str]| texts.iter().map(|text| ByteArray::from(*text)).collect::<Vec<_>>();
    let mut column = group.next_column().unwrap().unwrap();
    let levels = [1, 0, 1];
    column.typed::<ByteArrayType>().write_batch(&texts(&["a ship at sea", "bread"]), Some(&levels), None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&texts(&["x", "y", "z"]), None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&[0, 1, 19_723], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let fit = ["fit", "t.parquet", "-k", "1", "-q", "-o", "m", "--language", "none", "--max-df", "1.0"];
    let told = succeeds(&place.run(&fit));
    assert!(told.contains("skipped: 1 empty"), "{told}");
    let rows = std::fs::read_to_string(place.path("m/documents.tsv")).unwrap();
    assert!(rows.contains("z\t\tbread\tt.parquet:3\t1\tok\t2024-01-01"), "{rows}");
    let bytes = std::fs::read(place.path("t.parquet")).unwrap();
    for length in [12, bytes.len() / 2, bytes.len() - 1] {
        place.write("cut.parquet", &bytes[..length]);
        fails(&place.bounded(&["inspect", "cut.parquet"]), 1, &["cut.parquet: ", "hint: write it anew, or as CSV"]);
    }
    fails(&place.run(&["inspect", "t.parquet", "--text-column", "body"]), 2, &["the columns are text, id, day"]);
}
