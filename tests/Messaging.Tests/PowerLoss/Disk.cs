using System.Text;

namespace Mesh.Messaging.Tests.PowerLoss;

/// <summary>What becomes of writes that no sync had covered when the power went.</summary>
internal enum Unsynced
{
    /// <summary>They never were.</summary>
    Forgotten,

    /// <summary>Some of them were made, whichever.</summary>
    SomeWrites,

    /// <summary>Of each some sectors were made: pages are torn.</summary>
    SomeSectors,
}

/// <summary>A disk on which steps are made one by one, and from which at any moment the power may be taken.</summary>
internal sealed class Disk
{
    private const int Sector = 512;

    private readonly Dictionary<int, DiskFile> _files = [];
    private int _steps;

    public void Make(Step step)
    {
        _steps++;
        if (!_files.TryGetValue(step.File, out var file))
        {
            _files.Add(step.File, file = new DiskFile());
        }

        switch (step.Kind)
        {
            case StepKind.Open:
                file.Name = Path.GetFileName(Encoding.UTF8.GetString(step.Bytes.Span));
                break;
            case StepKind.Sync:
                foreach (var covered in file.Pending.Where(pending => pending.Number <= step.Offset))
                {
                    file.Apply(covered.Step, covered.Step.Bytes.Length);
                }

                file.Pending.RemoveAll(pending => pending.Number <= step.Offset);
                break;
            case StepKind.Unlink:
                file.Clear();
                break;
            default:
                file.Pending.Add((_steps, step));
                break;
        }
    }

    /// <summary>Writes into a folder what is there when the power comes back.</summary>
    public void CutPower(string folder, Unsynced unsynced, Random random)
    {
        foreach (var file in _files.Values.Where(file => file.Name is not null && file.Name != Load.Marks.FileName))
        {
            var image = file.Copy();
            foreach (var (_, step) in file.Pending)
            {
                if (unsynced == Unsynced.SomeWrites && random.Next(2) == 0)
                {
                    image.Apply(step, step.Bytes.Length);
                }
                else if (unsynced == Unsynced.SomeSectors)
                {
                    image.ApplySome(step, Sector, random);
                }
            }

            image.Save(Path.Combine(folder, file.Name!));
        }
    }

    private sealed class DiskFile
    {
        private byte[] _bytes = [];
        private int _length;

        public string? Name { get; set; }

        public List<(int Number, Step Step)> Pending { get; } = [];

        public void Apply(Step step, int length, int from = 0)
        {
            var end = step.Kind == StepKind.Truncate ? (int)step.Offset : (int)step.Offset + from + length;
            if (end > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(end, _bytes.Length * 2));
            }

            if (step.Kind == StepKind.Truncate)
            {
                Array.Clear(_bytes, Math.Min(end, _length), Math.Max(0, _length - end));
                _length = end;
                return;
            }

            step.Bytes.Span.Slice(from, length).CopyTo(_bytes.AsSpan((int)step.Offset + from));
            _length = Math.Max(_length, end);
        }

        public void ApplySome(Step step, int piece, Random random)
        {
            for (var from = 0; from < step.Bytes.Length; from += piece)
            {
                if (random.Next(2) == 0)
                {
                    Apply(step, Math.Min(piece, step.Bytes.Length - from), from);
                }
            }
        }

        public void Clear()
        {
            _length = 0;
            Array.Clear(_bytes);
            Pending.Clear();
        }

        public DiskFile Copy() => new() { _bytes = _bytes[.._length], _length = _length };

        public void Save(string path)
        {
            if (_length > 0)
            {
                File.WriteAllBytes(path, _bytes.AsSpan(0, _length));
            }
        }
    }
}
