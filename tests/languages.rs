//! Languages are recognised from a few sentences, or not at all.

use topicmill::text::LanguageDetector;

/// ISO 639-1 code or, for a language without stop words, its English name; and a text.
const TEXTS: &[(&str, &str)] = &[
    (
        "ar",
        "أعلنت الحكومة صباح اليوم عن إجراءات جديدة من شأنها أن تساعد المزارعين في مواجهة الجفاف \
         الذي ضرب البلاد هذا العام، وقال الوزير إن العمل سيبدأ في الأسبوع المقبل.",
    ),
    (
        "da",
        "Regeringen fremlagde tirsdag morgen nye planer, som skal hjælpe landmændene gennem den \
         tørre sommer. Ministeren sagde, at arbejdet begynder i næste uge, og at det ikke bliver \
         dyrt.",
    ),
    (
        "de",
        "Die Regierung hat am Dienstagmorgen neue Pläne vorgestellt, die den Bauern durch den \
         trockenen Sommer helfen sollen. Der Minister sagte, dass die Arbeit in der nächsten Woche \
         beginnt.",
    ),
    (
        "el",
        "Η κυβέρνηση παρουσίασε το πρωί της Τρίτης νέα μέτρα που θα βοηθήσουν τους αγρότες. Ο \
         υπουργός είπε ότι η δουλειά θα αρχίσει την επόμενη εβδομάδα και δεν θα είναι ακριβή.",
    ),
    (
        "en",
        "The government presented new plans on Tuesday morning that are meant to help farmers \
         through the dry summer. The minister said that the work will begin next week and that it \
         will not be expensive.",
    ),
    (
        "es",
        "El gobierno presentó el martes por la mañana nuevos planes que deben ayudar a los \
         agricultores durante el verano seco. El ministro dijo que el trabajo empezará la próxima \
         semana.",
    ),
    (
        "eu",
        "Gobernuak asteartean aurkeztu zituen plan berriak, eta horiek nekazariei lagundu behar \
         diete. Ministroak esan zuen lana hurrengo astean hasiko dela, eta ez dela hain garestia \
         izango, baina hala ere bere kezka agertu zuen.",
    ),
    (
        "fi",
        "Hallitus esitteli tiistaiaamuna uusia suunnitelmia, joiden on tarkoitus auttaa \
         viljelijöitä kuivan kesän yli. Ministeri sanoi, että työ alkaa ensi viikolla eikä se ole \
         kallista.",
    ),
    (
        "fr",
        "Le gouvernement a présenté mardi matin de nouveaux plans qui doivent aider les \
         agriculteurs pendant l'été sec. Le ministre a dit que le travail commencera la semaine \
         prochaine.",
    ),
    (
        "he",
        "הממשלה הציגה ביום שלישי בבוקר תוכניות חדשות שיעזרו לחקלאים לעבור את הקיץ היבש. השר אמר כי \
         העבודה תתחיל בשבוע הבא וכי היא לא תהיה יקרה.",
    ),
    (
        "hu",
        "A kormány kedden reggel új terveket mutatott be, amelyek segítik a gazdákat a száraz \
         nyáron. A miniszter azt mondta, hogy a munka a jövő héten kezdődik, és nem lesz drága.",
    ),
    (
        "id",
        "Pemerintah pada hari Selasa pagi mengumumkan rencana baru yang akan membantu para petani \
         selama musim kering. Menteri itu mengatakan bahwa pekerjaan akan dimulai pada minggu \
         depan.",
    ),
    (
        "it",
        "Il governo ha presentato martedì mattina nuovi piani che dovrebbero aiutare gli \
         agricoltori durante l'estate secca. Il ministro ha detto che il lavoro comincerà la \
         prossima settimana.",
    ),
    (
        "nl",
        "De regering heeft dinsdagochtend nieuwe plannen voorgesteld die de boeren door de droge \
         zomer moeten helpen. De minister zei dat het werk volgende week begint en dat het niet \
         duur wordt.",
    ),
    (
        "pt",
        "O governo apresentou na terça-feira de manhã novos planos que devem ajudar os \
         agricultores durante o verão seco. O ministro disse que o trabalho começará na próxima \
         semana e não será caro.",
    ),
    (
        "ro",
        "Guvernul a prezentat marți dimineață planuri noi care trebuie să îi ajute pe agricultori \
         în vara secetoasă. Ministrul a spus că lucrările vor începe săptămâna viitoare și nu vor \
         fi scumpe.",
    ),
    (
        "ru",
        "Правительство представило во вторник утром новые планы, которые должны помочь крестьянам \
         пережить сухое лето. Министр сказал, что работа начнётся на следующей неделе и не будет \
         дорогой.",
    ),
    (
        "sv",
        "Regeringen lade på tisdagsmorgonen fram nya planer som ska hjälpa bönderna genom den \
         torra sommaren. Ministern sade att arbetet börjar nästa vecka och att det inte blir dyrt.",
    ),
    (
        "tr",
        "Hükümet bu sabah, çiftçilere kurak yaz boyunca yardım etmek için yeni ve büyük planlar \
         açıkladı. Bakan, bu çalışmanın gelecek hafta başlayacağını ama çok pahalı olmayacağını \
         söyledi.",
    ),
    (
        "zh",
        "政府星期二早上提出了新的计划，帮助农民度过干旱的夏天。部长说，这项工作将在下个星期开始，而且不会很贵。我们认为他们的计划是好的。",
    ),
    (
        "Bulgarian",
        "Правителството представи във вторник сутринта нови планове, които трябва да помогнат на \
         земеделците през сухото лято. Министърът каза, че работата ще започне през следващата \
         седмица.",
    ),
    (
        "Czech",
        "Vláda v úterý ráno představila nové plány, které mají pomoci zemědělcům přežít suché \
         léto. Ministr řekl, že práce začne příští týden a že nebude drahá.",
    ),
    (
        "Japanese",
        "政府は火曜日の朝、農家が乾いた夏を乗り切るための新しい計画を発表した。大臣は、作業は来週から始まり、費用はあまりかからないと述べた。",
    ),
    (
        "Korean",
        "정부는 화요일 아침 농민들이 가뭄을 이겨낼 수 있도록 돕는 새로운 계획을 발표했다. 장관은 다음 주에 작업이 시작될 것이라고 말했다.",
    ),
    (
        "Polish",
        "Rząd przedstawił we wtorek rano nowe plany, które mają pomóc rolnikom przetrwać suche \
         lato. Minister powiedział, że praca zacznie się w przyszłym tygodniu i nie będzie droga.",
    ),
    (
        "Ukrainian",
        "Уряд представив у вівторок вранці нові плани, які мають допомогти селянам пережити сухе \
         літо. Міністр сказав, що робота почнеться наступного тижня і не буде дорогою.",
    ),
    (
        "Vietnamese",
        "Chính phủ sáng thứ Ba đã trình bày những kế hoạch mới nhằm giúp nông dân vượt qua mùa hè \
         khô hạn. Bộ trưởng nói rằng công việc sẽ bắt đầu vào tuần tới.",
    ),
];

#[test]
fn a_few_sentences_tell_the_language() {
    for (expected, text) in TEXTS {
        let mut detector = LanguageDetector::new();
        detector.add(text);
        let detection = detector.detect();
        let found = detection.language.map(|language| language.code()).or(detection.without_list);
        assert_eq!(found, Some(*expected), "{text}");
    }
}

#[test]
fn what_is_no_language_is_not_recognised() {
    for text in ["4711 0815 31.12.2026", "lorem", "kubectl apply -f x.yaml && echo $?", "ABC-123 XYZ-789 QRS-456"] {
        let mut detector = LanguageDetector::new();
        detector.add(text);
        assert_eq!(detector.detect().language, None, "{text}");
    }
}

#[test]
fn documents_in_another_language_than_the_rest_are_counted() {
    let (english, german) = (TEXTS[4].1, TEXTS[2].1);
    let mut detector = LanguageDetector::new();
    (0..10).for_each(|_| detector.add(english));
    (0..3).for_each(|_| detector.add(german));
    let detection = detector.detect();
    assert_eq!(detection.language.map(|language| language.code()), Some("en"));
    assert_eq!(detection.others.iter().map(|(language, n)| (language.code(), *n)).collect::<Vec<_>>(), [("de", 3)]);
}
